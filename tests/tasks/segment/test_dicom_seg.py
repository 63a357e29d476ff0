"""Masks as DICOM segmentations: what is written is read back by our own source and by highdicom, voxel by voxel."""

import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from lexiscope.core.errors import MissingExtraError, SourceError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.tasks.segment.delineate import segment
from lexiscope.tasks.segment.delineate_request import Form
from lexiscope.tasks.segment.dicom_series import DicomSeries
from lexiscope.tasks.segment.found_mask import FoundMask
from lexiscope.tasks.segment.mask_files import write_masks
from lexiscope.tasks.segment.mask_form import MaskForm
from lexiscope.tasks.segment.voxel_input import VoxelInput, read_voxel_input
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.masked import tiny_segmenter
from lexiscope.testing.parts import RUN
from lexiscope.views.case_grid import CaseGrid

highdicom = pytest.importorskip("highdicom")

GRID = CaseGrid(channels={"mr": 1})
SHAPE = (5, 8, 6)  # (slice, row, column)


def scan(folder: Path, *, tilt: float = 0.3, across: bool = False, **fields: object) -> Scanner:
    """An oblique series of pixels 2 x 0.5 mm whose files are numbered against their places."""
    from pydicom.uid import generate_uid

    scanner, series = Scanner(folder), generate_uid()
    row = np.array([np.cos(tilt), np.sin(tilt), 0])
    column = np.array([0, 0, -1.0]) if across else np.array([-np.sin(tilt), np.cos(tilt), 0])
    normal, values = np.cross(row, column), np.random.default_rng(0).integers(0, 900, SHAPE, np.uint16)
    for k in range(SHAPE[0]):
        place = {
            "ImagePositionPatient": [float(round(x, 6)) for x in 10 + 3.0 * k * normal],
            "ImageOrientationPatient": [float(round(x, 6)) for x in (*row, *column)],
        }
        scanner.slice(f"{(k * 3) % 5}.dcm", values[k], z=0.0, series=series, number=50 - k, **{**place, **fields})
    return scanner


def drawn(given: VoxelInput, seed: int = 0) -> np.ndarray:
    """A mask of one blob off the middle, empty in the first and the last slice of the file."""
    shape = given.stored.in_file_order(np.zeros((1, *given.prepared.grid.shape)[-3:])).shape
    mask = np.zeros(shape, bool)
    inner = np.random.default_rng(seed).random((max(1, shape[0] - 2), *shape[1:])) > 0.6
    mask[1:-1] = inner if shape[0] > 2 else False
    return given.stored.as_read(mask)


def written(
    given: VoxelInput, masks: list[np.ndarray], sentences: list[str], out: Path, kind: Form | None = None
) -> list[Path]:
    found = [(FoundMask(one, None, mask, True, 0.9), None) for one, mask in zip(sentences, masks, strict=True)]
    form = MaskForm.of(given, kind)
    files = write_masks(found, given.stored, out, form=form, model=("lesions-seg", "0123abcd"))
    return [Path(str(one.file)) for one in files]


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("tilt", [0.0, 0.3, 2.0, np.pi])
def test_our_own_source_reads_the_same_mask_beside_its_series(tmp_path: Path, tilt: float, across: bool) -> None:
    scanner = scan(tmp_path / "scan", tilt=tilt, across=across)
    given = read_voxel_input(scanner.folder, grid=GRID)
    mask = drawn(given)
    written(given, [mask], ["the dark rim"], scanner.folder / "found")
    build_corpus(tmp_path / "corpus", DicomSource(scanner.folder))
    corpus = Corpus.open(tmp_path / "corpus")
    case = next(iter(corpus))
    assert list(case.masks) == ["the_dark_rim"]
    np.testing.assert_array_equal(read_pixels(corpus.object_path(case.masks["the_dark_rim"]))[0] > 0, mask)


def test_highdicom_reads_what_was_written(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    given = read_voxel_input(scanner.folder, grid=GRID)
    mask = drawn(given)
    sentence = "the dark rim of the lesion, which lies beside the left ventricle and is about five millimetres wide"
    file = written(given, [mask], [sentence], tmp_path / "out")[0]
    seg = highdicom.seg.segread(file)
    series = {path: pydicom.dcmread(path) for path in given.series}
    first = next(iter(series.values()))
    segment = seg.get_segment_description(1)
    assert segment.segment_label == sentence[:64].rstrip()
    assert segment.SegmentDescription == sentence
    assert segment.algorithm_type.value == "AUTOMATIC"
    assert segment.SegmentAlgorithmName == "lesions-seg"
    assert seg.ReferencedSeriesSequence[0].SeriesInstanceUID == first.SeriesInstanceUID
    assert (seg.PatientID, seg.StudyInstanceUID) == (first.PatientID, first.StudyInstanceUID)
    assert seg.NumberOfFrames == SHAPE[0] - 2  # empty slices are left out
    volume = seg.get_volume(combine_segments=True)
    stored = given.stored.in_file_order(mask)
    for place in np.argwhere(stored)[:20]:
        lps = np.array([-1, -1, 1, 1]) * (given.stored.affine @ [*place[::-1], 1])
        inside = np.round(volume.map_reference_to_indices(lps[None, :3])[0]).astype(int)
        assert volume.array[tuple(inside)] == 1
    assert int(volume.array.sum()) == int(mask.sum())


def test_overlapping_masks_are_a_file_each_and_no_label_map(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    given = read_voxel_input(scanner.folder, grid=GRID)
    one, two = drawn(given, 0), drawn(given, 1)
    files = written(given, [one, two], ["rim", "core"], tmp_path / "out")
    assert [file.name for file in files] == ["01-rim.dcm", "02-core.dcm"]
    read = [highdicom.seg.segread(file) for file in files]
    assert len({seg.SeriesInstanceUID for seg in read}) == 1
    assert len({seg.SOPInstanceUID for seg in read}) == 2
    with pytest.raises(UsageError, match=r"'rim' and 'core' with \d+ voxels in common.*--as dicom-seg"):
        written(given, [one, two], ["rim", "core"], tmp_path / "out", "dicom-labelmap")


def test_a_label_map_holds_all_sentences_in_one_file(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    given = read_voxel_input(scanner.folder, grid=GRID)
    one, two = drawn(given, 0), drawn(given, 1)
    masks = [one, two & ~one, np.zeros_like(one)]
    files = written(given, masks, ["rim", "core", "cyst"], scanner.folder / "found", "dicom-labelmap")
    assert len(set(files)) == 1
    build_corpus(tmp_path / "corpus", DicomSource(scanner.folder))
    corpus = Corpus.open(tmp_path / "corpus")
    case = next(iter(corpus))
    assert set(case.masks) == {"rim", "core", "cyst"}
    for name, mask in zip(("rim", "core", "cyst"), masks, strict=True):
        np.testing.assert_array_equal(read_pixels(corpus.object_path(case.masks[name]))[0] > 0, mask)


def test_an_absent_structure_is_described_and_read_back_as_absent(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    given = read_voxel_input(scanner.folder, grid=GRID)
    written(given, [np.zeros_like(drawn(given))], ["cyst"], scanner.folder / "found")
    build_corpus(tmp_path / "corpus", DicomSource(scanner.folder))
    corpus = Corpus.open(tmp_path / "corpus")
    case = next(iter(corpus))
    assert list(case.masks) == ["cyst"]
    assert not read_pixels(corpus.object_path(case.masks["cyst"])).any()


def test_a_series_of_one_slice_keeps_its_form(tmp_path: Path) -> None:
    scanner = Scanner(tmp_path / "scan")
    scanner.slice("0.dcm", np.arange(48, dtype=np.uint16).reshape(8, 6), z=4.0, series="1.2.3")
    given = read_voxel_input(scanner.folder, grid=GRID)
    mask = np.zeros((1, 8, 6), bool)
    mask[0, 2:5, 1:3] = True
    written(given, [mask], ["rim"], scanner.folder / "found")
    build_corpus(tmp_path / "corpus", DicomSource(scanner.folder))
    corpus = Corpus.open(tmp_path / "corpus")
    case = next(iter(corpus))
    np.testing.assert_array_equal(read_pixels(corpus.object_path(case.masks["rim"]))[0] > 0, mask[0])


def test_series_without_names_are_referred_to(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    for path in scanner.folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        for name in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"):
            delattr(dataset, name)
        dataset.save_as(path)
    given = read_voxel_input(scanner.folder, grid=GRID)
    seg = highdicom.seg.segread(written(given, [drawn(given)], ["rim"], tmp_path / "out")[0])
    assert seg.PatientID == ""


def test_forms_that_an_input_does_not_have_are_refused(tmp_path: Path) -> None:
    nib.Nifti1Image(np.ones((6, 8, 5), np.int16), np.eye(4)).to_filename(tmp_path / "mr.nii.gz")
    scan_of_nifti = read_voxel_input(tmp_path / "mr.nii.gz", grid=GRID)
    with pytest.raises(UsageError, match=r"expected DICOM files for --as dicom-seg, got .*mr.nii.gz"):
        MaskForm.of(scan_of_nifti, "dicom-seg")
    scanner = Scanner(tmp_path / "still")
    scanner.slice(
        "0.dcm",
        np.arange(48, dtype=np.uint8).reshape(8, 6),
        z=None,
        series="1.2",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
    )
    still = read_voxel_input(scanner.folder, grid=GRID)
    assert MaskForm.of(still, None) == MaskForm()
    with pytest.raises(UsageError, match="expected DICOM images with a place"):
        MaskForm.of(still, "dicom-labelmap")
    with pytest.raises(UsageError, match="no place in a patient; leave --as out for PNG"):
        MaskForm.of(still, "nifti")


def test_without_highdicom_the_install_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = read_voxel_input(scan(tmp_path / "scan").folder, grid=GRID)
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[segment\]"):
        MaskForm.of(given, None)
    assert MaskForm.of(given, "nifti") == MaskForm()


def test_files_of_several_series_cannot_be_referred_to(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    other = scan(tmp_path / "other")
    files = [next(one.folder.glob("*.dcm")) for one in (scanner, other)]
    with pytest.raises(SourceError, match="several values of StudyInstanceUID"):
        DicomSeries.read(files, np.eye(4))


def test_axes_that_differ_by_rounding_are_of_one_series(tmp_path: Path) -> None:
    scanner = scan(tmp_path / "scan")
    path = min(scanner.folder.glob("*.dcm"))
    dataset = pydicom.dcmread(path)
    dataset.ImageOrientationPatient[0] = float(dataset.ImageOrientationPatient[0]) + 2e-6
    dataset.save_as(path)
    given = read_voxel_input(scanner.folder, grid=GRID)
    mask = drawn(given)
    written(given, [mask], ["rim"], scanner.folder / "found")
    build_corpus(tmp_path / "corpus", DicomSource(scanner.folder))
    corpus = Corpus.open(tmp_path / "corpus")
    np.testing.assert_array_equal(read_pixels(corpus.object_path(next(iter(corpus)).masks["rim"]))[0] > 0, mask)


def test_a_task_that_reads_dicom_writes_dicom(tmp_path: Path) -> None:
    segmenter = tiny_segmenter(modalities={"mr": 1})
    content = SegmenterContent(segmenter, GRID, (8, 6), {"disc": Structure(("disc",), threshold=0.0)})
    model = ModelDirectory(tmp_path / "model")
    model.save("segmenter", content, record=RUN)
    scanner = scan(tmp_path / "scan")
    found = segment(model, scanner.folder, out=scanner.folder / "found", uncertainty=True)[0].to_dict()["value"]
    file = Path(found["masks"][0]["file"])
    assert file.suffix == ".dcm"
    assert highdicom.seg.segread(file).get_segment_description(1).SegmentAlgorithmName == "model"
    assert nib.load(found["masks"][0]["uncertainty"]).shape == SHAPE[::-1]
    plain = segment(model, scanner.folder, out=tmp_path / "nifti", written_as="nifti")[0].to_dict()["value"]
    assert nib.load(plain["masks"][0]["file"]).shape == SHAPE[::-1]
    again = segment(model, scanner.folder)[0].to_dict()["value"]  # the segmentation beside its series is no image
    assert again["masks"][0]["voxels"] == found["masks"][0]["voxels"]
