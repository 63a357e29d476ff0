"""`load_template`: the MNI152 maps, a head around them, the ventricles, and the places where lesions fit."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy import ndimage

from lexiscope.core.errors import SourceError
from lexiscope.core.files import sha256_file
from lexiscope.simulate.brain.atlas import region_labels

# The files travel inside the nilearn package; only these files are read, its code is never imported.
_PACKAGE = "nilearn"
_FILES = {
    "t1": (
        "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
        "421a10e872fd6cadae7f61d358dffbcc1795a497d61ee76c5dda2503e1a1e9e6",
    ),
    "gm": (
        "mni_icbm152_gm_tal_nlin_sym_09a_converted.nii.gz",
        "97a5ca69bd24db37a9cb7b32525e1733a209af904129bf1cd36da06d24243bed",
    ),
    "wm": (
        "mni_icbm152_wm_tal_nlin_sym_09a_converted.nii.gz",
        "382d92812de4744f9c86c7a0e4f680dc317a0a50e4da1f0153618a6798c7b7db",
    ),
}
_INSTALL = "pip install --no-deps nilearn==0.14.1"

SPACING = (5.0, 2.0, 2.0)  # (z, y, x) mm of a simulated volume: thick axial slices, as a clinical FLAIR has
_LOW = (-37.5, -122.0, -92.0)  # (z, y, x) MNI mm of the first voxel's centre
SHAPE = (23, 108, 92)
_INSIDE = 12.0  # mm between a lesion's centre and the first or last slice
_STEP = 2  # the derived maps (head, ventricles) are smooth: every second millimetre is enough
_VENTRICLE_SEEDS = ((20, 0, -6), (20, 0, 6))  # (z, y, x) MNI mm, in the two lateral ventricles


@dataclass(frozen=True, slots=True)
class Template:
    """Anatomy shared by all visits; world axes are (z, y, x) in MNI millimetres, RAS-positive.

    Args:
        grey: (z, y, x) uint8 probability map of grey matter, voxels of 1 mm, 255 is certain.
        white: (z, y, x) uint8 probability map of white matter, voxels of 1 mm, 255 is certain.
        origin: World position of voxel (0, 0, 0) of the 1 mm maps.
        outside: (z, y, x) float32 of 2 mm, millimetres from the brain's surface, negative within.
        ventricle: (z, y, x) float32 of 2 mm, share of the voxel inside the lateral and third ventricles.
        grid: (3, *SHAPE) float32, world position of every voxel of a simulated volume.
        swell: (3, *SHAPE) float32, unit steps away from the ventricles that fade with distance; atrophy follows them.
        places: Region name -> (n, 3) float32 world positions of white matter well inside that region.
    """

    grey: np.ndarray
    white: np.ndarray
    origin: np.ndarray
    outside: np.ndarray
    ventricle: np.ndarray
    grid: np.ndarray
    swell: np.ndarray
    places: dict[str, np.ndarray]


def load_template(folder: Path | None = None) -> Template:
    """Template from the MNI152 2009a symmetric maps (Fonov et al. 2011), read once in a process.

    The maps: https://doi.org/10.1016/j.neuroimage.2010.07.033.

    Args:
        folder: Folder of the maps; that of the package which carries them when None.

    Raises:
        SourceError: the package that carries them is not installed, or a file is not the one that was checked.
    """
    return _load(folder or _folder())


@cache
def _load(folder: Path) -> Template:
    t1, origin = _read(folder, "t1")
    grey, _ = _read(folder, "gm")
    white, _ = _read(folder, "wm")
    coarse = (slice(None, None, _STEP),) * 3
    brain = ndimage.binary_fill_holes(ndimage.binary_closing(t1[coarse] > 0, iterations=2))
    outside = _STEP * (ndimage.distance_transform_edt(~brain) - ndimage.distance_transform_edt(brain))
    ventricle = _ventricle(t1[coarse], grey[coarse], white[coarse], origin)
    grid = _grid()
    return Template(
        grey=grey,
        white=white,
        origin=origin,
        outside=outside.astype(np.float32),
        ventricle=ndimage.gaussian_filter(ventricle.astype(np.float32), 0.5),
        grid=grid,
        swell=_swell(ventricle, grid, origin),
        places=_places(white[coarse], ventricle, origin),
    )


def sample(volume: np.ndarray, where: np.ndarray, origin: np.ndarray, *, step: float = 1.0) -> np.ndarray:
    """Values of a map at world positions, by linear interpolation; beyond its border the border goes on.

    Args:
        volume: (z, y, x) map of isotropic voxels.
        where: (3, ...) world positions in millimetres.
        origin: World position of the map's first voxel.
        step: Voxel size of the map in millimetres.

    Example:
        >>> volume = np.arange(8.0).reshape(2, 2, 2)
        >>> sample(volume, np.array([[0.5], [0.0], [0.0]]), np.zeros(3)).tolist()
        [2.0]
    """
    at = [(axis - start) / step for axis, start in zip(where, origin, strict=True)]
    return ndimage.map_coordinates(volume, at, order=1, output=np.float32, mode="nearest")


def _read(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    file, expected = _FILES[name]
    path = folder / file
    if not path.is_file() or (actual := sha256_file(path)) != expected:
        came = f"sha256 {actual}" if path.is_file() else "no such file"
        raise SourceError(f"the simulation needs {path} with sha256 {expected}, got {came}", remedy=f"run: {_INSTALL}")
    import nibabel

    image = nibabel.load(path)
    # nibabel's order is (x, y, z) with positive axes to the right, front and top; ours is (z, y, x)
    return np.ascontiguousarray(np.asarray(image.dataobj).T), image.affine[:3, 3][::-1].astype(np.float32)


def _folder() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        msg = (
            f"the simulation needs the MNI152 maps of the package {_PACKAGE!r}, which is not installed; run: {_INSTALL}"
        )
        raise SourceError(msg, remedy=f"run: {_INSTALL}")
    return Path(next(iter(spec.submodule_search_locations))) / "datasets" / "data"


def _grid() -> np.ndarray:
    axes = [low + step * np.arange(n) for low, step, n in zip(_LOW, SPACING, SHAPE, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)


def _ventricle(t1: np.ndarray, grey: np.ndarray, white: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """The fluid that is connected to the lateral ventricles, inside a box that leaves the outer cisterns out."""
    fluid = (t1 > 0) & (grey.astype(int) + white < 128)
    z, y, x = np.ogrid[tuple(slice(n) for n in fluid.shape)]
    z, y, x = (axis * _STEP + start for axis, start in zip((z, y, x), origin, strict=True))
    fluid &= (abs(x) < 40) & (y > -50) & (y < 40) & (z > -8) & (z < 34)
    labels, _ = ndimage.label(fluid)
    seeds = [tuple(((np.array(seed) - origin) / _STEP).round().astype(int)) for seed in _VENTRICLE_SEEDS]
    return np.isin(labels, [labels[seed] for seed in seeds if labels[seed]])


def _swell(ventricle: np.ndarray, grid: np.ndarray, origin: np.ndarray) -> np.ndarray:
    signed = ndimage.distance_transform_edt(~ventricle) - ndimage.distance_transform_edt(ventricle)
    smooth = ndimage.gaussian_filter(_STEP * signed, 1.5)
    steps = np.stack(np.gradient(smooth, _STEP))
    steps *= np.exp(-np.maximum(smooth, 0) / 18.0)
    return np.stack([sample(step.astype(np.float32), grid, origin, step=_STEP) for step in steps])


def _places(white: np.ndarray, ventricle: np.ndarray, origin: np.ndarray) -> dict[str, np.ndarray]:
    index = np.indices(white.shape, dtype=np.float32)
    world = index * _STEP + origin[:, None, None, None]
    names, labels = region_labels(world)
    to_ventricle = _STEP * ndimage.distance_transform_edt(~ventricle)
    places = {}
    for number, name in enumerate(names, start=1):
        inside = _STEP * ndimage.distance_transform_edt(labels == number)
        # deep structures hold as much grey as white matter; the lobes take lesions in their white matter
        tissue = (white > 40) if name.endswith("deep grey matter") else (white > 170)
        keep = tissue & (inside > 5) & (to_ventricle > 3)
        places[name] = world[:, keep].T
    near = (white > 170) & (to_ventricle > 3) & (to_ventricle < 9) & (labels > 0)
    places["periventricular white matter"] = world[:, near].T
    # a centre near the lower or upper end would leave half of the lesion outside the volume
    low, high = _LOW[0] + _INSIDE, _LOW[0] + SPACING[0] * (SHAPE[0] - 1) - _INSIDE
    inside = {name: at[(at[:, 0] > low) & (at[:, 0] < high)] for name, at in places.items()}
    return {name: at for name, at in inside.items() if len(at)}
