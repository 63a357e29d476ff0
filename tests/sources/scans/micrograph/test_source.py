"""What rosettasciio reads becomes images in nanometres, or is refused; without it each such file says how to get it."""

import io
import sys
import types

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import Rejected, detect_source
from lexiscope.sources.scans.micrograph import MicrographSource
from lexiscope.testing.drafts import picture, png


def axis(unit="nm", step=2.0, *, name="x", navigate=False):
    return {"name": name, "units": unit, "scale": step, "navigate": navigate}


def record(values, axes, *, title="", signal="", instrument=None):
    metadata = {"General": {"title": title, "authors": "Erika Müller"}, "Signal": {"signal_type": signal}}
    if instrument:
        metadata["Acquisition_instrument"] = instrument
    return {"data": np.asarray(values), "axes": axes, "metadata": metadata}


PLANE = [axis("µm", 0.5, name="y"), axis("µm", 0.25)]


@pytest.fixture
def reads(monkeypatch, tmp_path):
    """Write an empty shell of a vendor's file and say what rosettasciio reads from it."""
    contents = {}

    def file_reader(name, lazy):
        assert lazy
        found = contents[name]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setitem(sys.modules, "rsciio", types.ModuleType("rsciio"))
    for reader in ("digitalmicrograph", "tia", "bruker"):
        module = types.ModuleType(f"rsciio.{reader}")
        module.file_reader = file_reader
        monkeypatch.setitem(sys.modules, f"rsciio.{reader}", module)

    def add(name, *found):
        path = tmp_path / "lab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"shell")
        contents[str(path.resolve())] = found[0] if isinstance(found[0], Exception) else list(found)
        return tmp_path / "lab"

    return add


def read(root, **options):
    found = list(MicrographSource(root, **options).drafts())
    return [f for f in found if not isinstance(f, Rejected)], [f for f in found if isinstance(f, Rejected)]


def test_a_plane_keeps_its_values_and_its_pixel_size_in_nanometres(reads):
    values = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    instrument = {"TEM": {"beam_energy": 200, "magnification": np.float64(5e4), "microscope": "Dr. House's"}}
    root = reads("a/x.dm3", record(values, PLANE, title="Grain", instrument=instrument))
    (root / "a" / "x.txt").write_text("A grain of steel.")
    (draft,), rejected = read(root, licence="CC0")
    assert not rejected
    assert (draft.id, draft.group, list(draft.images)) == ("a/x", "a", ["image"])
    file = draft.images["image"]
    assert (file.spacing, file.unit) == ((500.0, 250.0), "nm")
    assert (np.asarray(Picture.open(io.BytesIO(file.origin.data))) == values).all()
    assert draft.attributes == {"beam_energy": 200.0, "magnification": 50000.0}
    assert draft.texts[0].text == "A grain of steel."
    assert draft.provenance.steps == ("read by rosettasciio from DM3",)
    assert "Müller" not in repr(draft)


@pytest.mark.parametrize("dtype", ["int32", "float32", ">i2", "bool", "float16"])
def test_values_that_png_cannot_hold_survive(reads, tmp_path, dtype):
    values = np.array([[0, 1], [1, 0]]).astype(dtype)
    build_corpus(tmp_path / "corpus", MicrographSource(reads("x.dm4", record(values, PLANE))))
    corpus = Corpus.open(tmp_path / "corpus")
    (case,) = corpus
    path = corpus.object_path(case.images["image"])
    stored = np.asarray(Picture.open(path)) if path.suffix == ".png" else tifffile.imread(path)
    assert (stored == values * (255 if dtype == "bool" else 1)).all()


def test_a_stack_along_a_length_is_a_volume_and_along_time_it_is_refused(reads, tmp_path):
    values = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    reads("volume.ser", record(values, [axis("Å", 100, name="z", navigate=True), axis(), axis()]))
    root = reads("movie.ser", record(values, [axis("s", 0.8, name="Time", navigate=True), axis(), axis()]))
    (draft,), (movie,) = read(root)
    assert (draft.id, draft.images["image"].spacing) == ("volume", (10.0, 2.0, 2.0))
    assert "series of shape (2, 3, 4) along Time, and a case holds one moment" in movie.reason
    build_corpus(tmp_path / "corpus", MicrographSource(root))
    (case,) = Corpus.open(tmp_path / "corpus")
    assert (case.images["image"].shape, case.images["image"].spacing) == ((2, 3, 4), (10.0, 2.0, 2.0))


def test_several_images_of_a_file_are_modalities_and_its_spectra_are_refused(reads):
    cube = record(np.zeros((2, 2, 9)), [axis(navigate=True), axis(navigate=True), axis("keV")], signal="EDS_SEM")
    plane = np.zeros((2, 2), np.uint8)
    root = reads("x.bcf", record(plane, PLANE, title="BSE 1"), cube, record(plane, PLANE), record(plane, PLANE))
    (draft,), (spectra,) = read(root)
    assert list(draft.images) == ["bse_1", "image", "image_2"]
    assert "map of spectra of shape (2, 2, 9)" in spectra.reason


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (record(np.zeros((2, 2), complex), PLANE), "complex128 values, expected real ones"),
        (record(np.zeros((2, 2, 2, 2)), [axis()] * 4), "series of shape (2, 2, 2, 2)"),
        (record(np.zeros(9), [axis("eV")], signal="EELS"), "spectrum"),
        (record(np.broadcast_to(np.zeros(1), (40000, 40000)), PLANE), "at most"),
        (ValueError("bad\nmagic"), "damaged or truncated: ValueError: bad magic"),
    ],
)
def test_what_is_no_image_is_refused_with_its_reason(reads, found, reason):
    drafts, (rejected,) = read(reads("x.dm3", found))
    assert not drafts
    assert reason in rejected.reason
    assert rejected.remedy


@pytest.mark.parametrize(("unit", "step"), [("", 1.0), ("nm", -1.0), ("nm", 4e16), ("1 / nm", 0.04), ("parsec", 1.0)])
def test_a_pixel_size_that_makes_no_sense_is_none(reads, unit, step):
    (draft,), _ = read(reads("x.dm3", record(np.zeros((2, 2), np.uint8), [axis(unit, step)] * 2)))
    assert draft.images["image"].spacing is None
    assert ("diffraction" in repr(draft.provenance.steps)) == unit.startswith("1")


def test_tiff_beside_it_is_kept_unchanged_and_the_folder_is_known(reads):
    root = reads("x.dm3", record(np.zeros((2, 2), np.uint8), PLANE))
    (root / "y.png").write_bytes(png(picture(1)).origin.data)
    drafts, _ = read(root)
    assert [draft.id for draft in drafts] == ["x", "y"]
    assert drafts[1].images["image"].origin == root / "y.png"
    assert detect_source(root) == "micrograph"
    (root / "x.dm3").unlink()
    assert detect_source(root) == "images"


def test_without_rosettasciio_each_file_says_how_to_get_it_and_the_rest_goes_on(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rsciio.digitalmicrograph", None)
    (tmp_path / "x.dm3").write_bytes(b"x")
    (tmp_path / "y.dm3").write_bytes(b"")
    (tmp_path / "z.png").write_bytes(png(picture(1)).origin.data)
    (draft,), (missing, empty) = read(tmp_path)
    assert draft.id == "z"
    assert "pip install 'lexiscope[micrograph]'" in missing.reason
    assert empty.reason == "y.dm3 is empty"
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="expected micrographs"):
        MicrographSource(tmp_path / "none").drafts()


def test_hdf5_that_points_at_other_files_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py", reason="pip install 'lexiscope[micrograph]'")
    from lexiscope.core.errors import SourceError
    from lexiscope.sources.scans.micrograph.outside import refuse_outside

    (tmp_path / "secret.bin").write_bytes(bytes(16))
    with h5py.File(tmp_path / "other.emd", "w") as file:
        file["data"] = np.zeros(4)
    with h5py.File(tmp_path / "plain.emd", "w") as file:
        file["group/data"] = np.zeros(4)
    with h5py.File(tmp_path / "link.emd", "w") as file:
        file["group/far"] = h5py.ExternalLink("other.emd", "/data")
    with h5py.File(tmp_path / "raw.emd", "w") as file:
        file.create_dataset("far", (4,), "f4", external=[(str(tmp_path / "secret.bin"), 0, 16)])
    with h5py.File(tmp_path / "virtual.emd", "w") as file:
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.emd"), "data", (4,))
        file.create_virtual_dataset("far", layout)
    refuse_outside(tmp_path / "plain.emd")
    for name in ("link", "raw", "virtual"):
        with pytest.raises(SourceError, match=r"far"):
            refuse_outside(tmp_path / f"{name}.emd")


@pytest.mark.shared
def test_real_files_of_microscopes(shared):
    pytest.importorskip("rsciio", reason="pip install 'lexiscope[micrograph]'")
    folder = shared / "microscopy_formats" / "em_rosettasciio_gpl3"
    if not folder.is_dir():
        pytest.skip("the GPL data are not in this copy")
    drafts, rejected = read(folder)
    spacing = {draft.id: next(iter(draft.images.values())).spacing for draft in drafts}
    assert spacing["test_STEM_image"] == pytest.approx((0.248538, 0.248538), rel=1e-5)
    assert spacing["test_dm_image_um_unit"] == pytest.approx((168.6747, 168.6747), rel=1e-5)
    assert spacing["128x128-TEM_search_1"] == pytest.approx((5.261214, 5.261214), rel=1e-5)
    assert spacing["HAADFscan"] == pytest.approx((5.679131, 5.679131), rel=1e-5)
    assert spacing["30x30_instructively_packed_16bit_compressed"] == pytest.approx((1667.409, 1667.409), rel=1e-5)
    assert spacing["test_diffraction_pattern"] is None
    assert {"test-1.dm3", "test-1.dm4", "test-14", "example_image"} <= spacing.keys()
    refused = {place.path.rpartition("/")[2] for place in rejected}
    assert refused == {
        "128x128x5-diffraction_preview_1.ser", "30x30_instructively_packed_16bit_compressed.bcf", "Nope.bcf",
        "ROI_Random_Scan_movie.mrc", "Si100_3D.emd", "fei_example_tem_stack.emd", "test-5.dm4",
        "test_stackbuilder_imagestack.dm3",
    }  # fmt: skip
    assert all(place.reason and place.remedy for place in rejected)
