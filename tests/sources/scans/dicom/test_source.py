import gzip
import io
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from lexiscope.core.errors import UsageError
from lexiscope.sources import Rejected, detect_source
from lexiscope.sources.scans.dicom import DicomSource


def read(path, **options):
    """Drafts and rejections of a folder."""
    found = list(DicomSource(path, **options).drafts())
    return [f for f in found if not isinstance(f, Rejected)], [f for f in found if isinstance(f, Rejected)]


def volume(file):
    return nib.Nifti1Image.from_bytes(gzip.decompress(file.origin.data))


def picture(file):
    return np.asarray(Image.open(io.BytesIO(file.origin.data)))


def test_slices_are_sorted_by_position_and_placed_in_ras(scanner):
    scanner.series(5, SeriesDescription="ax T2 FLAIR Dr. Smith")
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert list(draft.images) == ["mr_t2_flair"]
    image = volume(draft.images["mr_t2_flair"])
    assert image.get_fdata()[0, 0].tolist() == [0, 1, 2, 3, 4]
    # (x, y, z) LPS of the first voxel is (10, 20, 0), a column is 0.5 mm wide and a row 2 mm high
    assert np.allclose(image.affine, [[-0.5, 0, 0, -10], [0, -2, 0, -20], [0, 0, 3, 0], [0, 0, 0, 1]])
    assert draft.attributes == {"age": 62.0, "sex": "F"}


def test_no_identifier_reaches_a_draft_or_a_rejection(scanner):
    uid = scanner.series(5, skip=(2,))
    scanner.folder.rename(scanner.folder.parent / "HOSP-4711 Doe Jane")
    (scanner.folder.parent / "HOSP-4711 Doe Jane" / "a").mkdir()
    scanner.folder = scanner.folder.parent / "HOSP-4711 Doe Jane" / "a"
    scanner.series(3)
    drafts, rejected = read(scanner.folder.parent)
    assert drafts
    assert rejected
    told = repr([(d.id, d.group, d.provenance, list(d.images)) for d in drafts]) + repr(rejected)
    assert not any(secret in told for secret in ("4711", "Doe", "Jane", "19610203", uid, scanner.study))


def test_group_is_the_patient_and_depends_on_the_key(scanner, tmp_path):
    scanner.series(3)
    scanner.study = generate_uid()
    scanner.series(3)
    drafts, _ = read(scanner.folder)
    assert len({d.id for d in drafts}) == 2
    assert len({d.group for d in drafts}) == 1
    (tmp_path / "key").write_bytes(b"0123456789abcdef")
    keyed, _ = read(scanner.folder, key=tmp_path / "key")
    assert keyed[0].group != drafts[0].group
    (tmp_path / "short").write_bytes(b"abc")
    with pytest.raises(UsageError, match="16 bytes or more, got 3"):
        read(scanner.folder, key=tmp_path / "short")


def test_a_missing_slice_and_uneven_spacing_are_refused(scanner):
    scanner.series(6, skip=(2,))
    _, (missing,) = read(scanner.folder)
    assert "1 of 6 slices are missing: gaps of 6.00 mm" in missing.reason
    for file in scanner.folder.iterdir():
        file.unlink()
    uid = generate_uid()
    for k, z in enumerate((0, 3, 6, 10.3)):
        scanner.slice(f"{k}.dcm", np.zeros((4, 6), np.uint16), z=z, series=uid)
    _, (uneven,) = read(scanner.folder)
    assert "spaced unevenly: 4.30 mm beside the usual 3.00 mm" in uneven.reason


def test_duplicates_are_dropped_and_a_broken_one_is_replaced_by_its_copy(scanner):
    scanner.series(4)
    file = sorted(scanner.folder.iterdir())[0]
    (scanner.folder / "zz_copy.dcm").write_bytes(file.read_bytes())
    file.write_bytes(file.read_bytes()[:-8])
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert "1 duplicate files left out" in draft.provenance.steps
    assert volume(draft.images["mr"]).get_fdata()[0, 0].tolist() == [0, 1, 2, 3]


def test_mixed_series_and_moments_come_apart(scanner):
    scanner.series(3, SeriesDescription="t1 mprage")
    again = scanner.series(3, SeriesDescription="ep2d_bold", TemporalPositionIdentifier=1)
    scanner.folder = scanner.folder / "b"
    scanner.series(3, SeriesDescription="ep2d_bold", TemporalPositionIdentifier=2, series=again)
    (draft,), _ = read(scanner.folder.parent)
    assert sorted(draft.images) == ["mr_bold", "mr_bold_2", "mr_t1"]


def test_values_are_rescaled_and_monochrome1_is_inverted(scanner):
    scanner.series(3, RescaleSlope=2, RescaleIntercept=-1024)
    (draft,), _ = read(scanner.folder)
    assert volume(draft.images["mr"]).get_data_dtype() == np.int16
    assert volume(draft.images["mr"]).get_fdata()[0, 0].tolist() == [-1024, -1022, -1020]
    scanner.folder = scanner.folder.parent / "cr"
    scanner.study = generate_uid()
    fields = {"PhotometricInterpretation": "MONOCHROME1", "Modality": "CR"}
    scanner.slice("a.dcm", np.array([[0, 255]], np.uint8), z=None, series=generate_uid(), **fields)
    (plain,), _ = read(scanner.folder)
    assert picture(plain.images["cr"]).tolist() == [[255, 0]]


def test_overlays_in_unused_bits_are_cut(scanner):
    pixels = np.array([[0x8005, 0x0FFF]], np.uint16)
    scanner.slice("a.dcm", pixels, z=None, series=generate_uid(), BitsStored=12, HighBit=11)
    (draft,), _ = read(scanner.folder)
    assert picture(draft.images["mr"]).tolist() == [[5, 4095]]


def test_colours_stay_colours(scanner):
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    scanner.slice("a.dcm", pixels, z=None, series=generate_uid(), Modality="OT")
    (draft,), _ = read(scanner.folder)
    assert (picture(draft.images["ot"]) == pixels).all()


def test_frames_of_an_enhanced_image_have_their_own_places(scanner):
    groups = []
    for z in (6.0, 0.0, 3.0):
        group, place, orientation, measures = Dataset(), Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, z]
        orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        measures.PixelSpacing = [1, 1]
        group.PlanePositionSequence = Sequence([place])
        group.PlaneOrientationSequence = Sequence([orientation])
        group.PixelMeasuresSequence = Sequence([measures])
        groups.append(group)
    frames = np.stack([np.full((4, 6), k, np.uint16) for k in (2, 0, 1)])
    fields = {"NumberOfFrames": 3, "PerFrameFunctionalGroupsSequence": Sequence(groups), "PixelData": frames.tobytes()}
    scanner.slice("a.dcm", frames[0], z=None, series=generate_uid(), **fields)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert volume(draft.images["mr"]).get_fdata()[0, 0].tolist() == [0, 1, 2]


def test_what_is_no_image_is_rejected_and_the_rest_goes_on(scanner):
    scanner.series(3)
    (scanner.folder / "empty.dcm").write_bytes(b"")
    (scanner.folder / "page.dcm").write_text("<html>not found</html>" * 20)
    (scanner.folder / "notes.txt").write_text("not looked at")
    drafts, rejected = read(scanner.folder)
    assert len(drafts) == 1
    assert ["is empty" in rejected[0].reason, "is no DICOM file" in rejected[1].reason] == [True, True]
    assert rejected[0].remedy.endswith("; --keep-paths tells which it is")
    with pytest.raises(UsageError, match="expected DICOM files"):
        DicomSource(scanner.folder / "nothing").drafts()


def test_detection_knows_dicom_by_its_bytes(scanner):
    scanner.series(2)
    for file in list(scanner.folder.iterdir()):
        file.rename(file.with_suffix(""))
    assert detect_source(scanner.folder) == "dicom"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ax_asc_35sl_6", "cor_asc_35sl_16", "sag_asc_35sl_22"])
def test_mosaics_equal_the_reference_of_dcm2niix(shared, name):
    folder = shared / "dicom" / "dcm_qa_mosaic_with_nifti_ref" / name
    (draft,), _ = read(folder)
    reference = nib.as_closest_canonical(nib.load(folder / "ref.nii"))
    for moment, file in enumerate(draft.images.values()):
        ours = nib.as_closest_canonical(volume(file))
        assert np.abs(ours.affine - reference.affine).max() < 1e-3
        assert (ours.get_fdata() == reference.get_fdata()[..., moment]).all()
    assert len(draft.images) == reference.shape[3] == 2


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "PALETTE COLOR"])
def test_a_label_map_becomes_a_mask_of_each_segment(scanner, photometric):
    series = scanner.series(3)
    labels = np.zeros((2, 4, 6), np.uint8)
    labels[0, 1], labels[1, 2, :3], labels[1, 3] = 1, 1, 2
    fields = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.7", "SegmentationType": "LABELMAP", "NumberOfFrames": 2}
    if photometric == "PALETTE COLOR":
        for colour in ("Red", "Green", "Blue"):
            fields[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
            fields[f"{colour}PaletteColorLookupTableData"] = bytes(256)
    fields["SegmentSequence"] = Sequence([segment(0, "background"), segment(1, "liver"), segment(2, "tumour")])
    referred, shared_group = Dataset(), Dataset()
    referred.SeriesInstanceUID = series
    measures, orientation = Dataset(), Dataset()
    measures.PixelSpacing, orientation.ImageOrientationPatient = [2.0, 0.5], [1, 0, 0, 0, 1, 0]
    shared_group.PixelMeasuresSequence = Sequence([measures])
    shared_group.PlaneOrientationSequence = Sequence([orientation])
    frames = []
    for z in (3.0, 6.0):
        position, group = Dataset(), Dataset()
        position.ImagePositionPatient = [10.0, 20.0, z]
        group.PlanePositionSequence = Sequence([position])
        frames.append(group)
    fields |= {"Modality": "SEG", "PhotometricInterpretation": photometric, "PixelData": labels.tobytes()}
    fields |= {"ReferencedSeriesSequence": Sequence([referred]), "SeriesNumber": 2}
    fields |= {"SharedFunctionalGroupsSequence": Sequence([shared_group])}
    fields |= {"PerFrameFunctionalGroupsSequence": Sequence(frames)}
    scanner.slice("seg.dcm", labels[0], z=None, series=generate_uid(), **fields)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    masks = {name: volume(file).get_fdata().transpose(2, 1, 0) for name, file in draft.masks.items()}
    assert sorted(masks) == ["liver", "tumour"]
    assert not masks["liver"][0].any()
    assert (masks["liver"][1:] == (labels == 1)).all()
    assert (masks["tumour"][1:] == (labels == 2)).all()


def test_a_structure_that_every_study_was_searched_for_is_absent_where_no_segmentation_shows_it(scanner):
    scanner.series(3)
    draft, told = DicomSource(scanner.folder, annotated=("Lesion",)).drafts()
    assert "none has a mask of that name" in told.reason
    assert scanner.folder.name not in told.path
    image, mask = volume(draft.images["mr"]), volume(draft.masks["lesion"])
    assert np.allclose(mask.affine, image.affine)
    assert (mask.shape, int(mask.get_fdata().sum())) == (image.shape, 0)
    (draft,) = DicomSource(scanner.folder).drafts()
    assert not draft.masks


def segment(number, label):
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = number, label
    return item


@pytest.mark.shared
def test_segments_lie_on_their_series_and_may_overlap(shared):
    (draft,), rejected = read(shared / "dicom" / "series_abdomen_CT_3slices")
    assert not rejected
    masks = {name: volume(file) for name, file in draft.masks.items()}
    assert set(masks) == {"liver", "green", "orange", "purple", "light_blue", "dark_blue"}
    image = volume(draft.images["ct"])
    assert all(np.allclose(mask.affine, image.affine) and mask.shape == image.shape for mask in masks.values())
    total = sum(mask.get_fdata() for name, mask in masks.items() if name != "liver")
    assert total.max() > 1


@pytest.mark.shared
def test_every_real_file_is_read_or_refused(shared, tmp_path):
    from lexiscope.corpus.build import build_corpus

    report = build_corpus(tmp_path / "corpus", DicomSource(shared / "dicom"))
    assert report.cases == 28
    lines = [json.loads(line) for line in (tmp_path / "corpus" / "rejected.jsonl").read_text().splitlines()]
    assert all(line["reason"] and line["remedy"] for line in lines)
    assert build_corpus(tmp_path / "corpus", DicomSource(shared / "dicom")).unchanged == 28
