"""`write_micrograph`: a picture of grains with the size of its pixels, and its caption beside it."""

from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import numpy as np

from lexiscope.core.files import write_text
from lexiscope.simulate.scans.phantom import Phantom

_SIDE = 64  # pixels
_NM = 2.5  # of a pixel


def write_micrograph(folder: Path, phantom: Phantom) -> None:
    """Write an OME-TIFF of bright and dark grains, and a text file that says how the steel was made."""
    import tifffile

    batch = folder / "batch1"
    batch.mkdir(exist_ok=True)
    draw = np.random.default_rng((phantom.seed, phantom.number))
    centres, greys = draw.integers(0, _SIDE, (12, 2)), draw.integers(10_000, 60_000, 12)
    places = np.stack(np.meshgrid(np.arange(_SIDE), np.arange(_SIDE), indexing="ij"), axis=-1)
    nearest = np.linalg.norm(places[:, :, None] - centres, axis=-1).argmin(axis=-1)
    name = f"steel {phantom.seed} {phantom.number}"  # a file's own identity, which is drawn anew each time elsewhere
    own = str(uuid5(NAMESPACE_OID, name))
    pixel = {
        "axes": "YX",
        "UUID": own,
        **{f"PhysicalSize{a}": _NM for a in "XY"},
        **{f"PhysicalSize{a}Unit": "nm" for a in "XY"},
    }
    tifffile.imwrite(batch / f"steel{phantom.number}.ome.tif", greys[nearest].astype(np.uint16), metadata=pixel)
    hours = 2 * phantom.number
    write_text(batch / f"steel{phantom.number}.ome.txt", f"Grains of steel after {hours} hours at 600 degrees.")
