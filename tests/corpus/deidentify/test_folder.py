import errno
import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.corpus.deidentify import deidentify_folder
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.identified_scans import survivors, write_identified

SECRETS = ("HOSP-4711", "Müller", "Erika", "19610203", "20240310", "ACC99881", "St. Elsewhere", "Dr^House")


def write(folder: Path, name: str, *, day: str = "20240310", **fields) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.SourceApplicationEntityTitle = "HOSP-4711"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.4.5.6.7", "1.2.3.4.5.6.7.8"
    dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "HOSP-4711", "Müller^Erika", "19610203"
    dataset.PatientAge, dataset.PatientSex, dataset.AccessionNumber = "063Y", "F", "ACC99881"
    dataset.StudyDate, dataset.StudyTime, dataset.AcquisitionDateTime = day, "101112", f"{day}101112.5"
    dataset.InstitutionName, dataset.ReferringPhysicianName = "St. Elsewhere", "Dr^House"
    dataset.Manufacturer, dataset.ManufacturerModelName = "Acme", "built for St. Elsewhere"
    dataset.SeriesDescription, dataset.PatientComments = "t1 Erika", "call Müller"
    step = Dataset()
    step.CodeMeaning, step.PersonName, step.UID = "knee of Erika", "Müller^Erika", "1.2.3.4.5.6.7.99"
    dataset.ProcedureCodeSequence = Sequence([step])
    dataset.private_block(0x0029, "ACME HEADER", create=True).add_new(1, "LO", "Müller^Erika")
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 8, 8, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelData = np.arange(64, dtype=np.uint16).tobytes()
    for field, value in fields.items():
        setattr(dataset, field, value)
    folder.mkdir(parents=True, exist_ok=True)
    dataset.save_as(folder / name, enforce_file_format=True)
    return dataset


def outputs(out: Path) -> list[Dataset]:
    return [pydicom.dcmread(path) for path in sorted(out.rglob("*.dcm"))]


def test_nothing_that_identifies_survives_anywhere(tmp_path):
    original = write(tmp_path / "Müller Erika", "HOSP-4711.dcm")
    report = deidentify_folder(tmp_path / "Müller Erika", tmp_path / "out")
    assert (report.written, report.refused) == (1, ())
    for path in tmp_path.joinpath("out").rglob("*"):
        text = str(path) + (path.read_bytes().decode("utf-8", "replace") if path.is_file() else "")
        for secret in (*SECRETS, original.SOPInstanceUID, "1.2.3.4.5.6.7"):
            assert secret not in text
    (found,) = outputs(tmp_path / "out")
    assert found.pixel_array.tolist() == np.arange(64).reshape(8, 8).tolist()
    assert found.Manufacturer == "Acme"
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID
    assert not any(element.tag.is_private for element in found.iterall())
    assert found.PatientIdentityRemoved == "YES"
    assert "PatientAge" not in found


def test_the_audit_log_counts_and_quotes_nothing(tmp_path):
    write(tmp_path / "in", "a.dcm")
    deidentify_folder(tmp_path / "in", tmp_path / "out")
    audit = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert audit["actions"]["PatientBirthDate emptied"] == 1
    assert audit["actions"]["StudyDate date shifted"] == 1
    assert audit["actions"]["private removed"] >= 1
    assert audit["unchecked"] == 1


def test_uids_and_days_between_visits_stay_consistent(tmp_path):
    write(tmp_path / "in", "a.dcm", day="20240310")
    write(tmp_path / "in", "b.dcm", day="20240320")
    deidentify_folder(tmp_path / "in", tmp_path / "out")
    first, second = sorted(outputs(tmp_path / "out"), key=lambda dataset: dataset.StudyDate)
    from datetime import date

    days = [date(int(d.StudyDate[:4]), int(d.StudyDate[4:6]), int(d.StudyDate[6:])) for d in (first, second)]
    assert (days[1] - days[0]).days == 10
    assert days[0] < date(2024, 3, 10)
    assert first.AcquisitionDateTime == first.StudyDate
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.PatientID == second.PatientID
    assert first.SOPInstanceUID != second.SOPInstanceUID


def test_the_same_key_links_runs_and_no_key_does_not(tmp_path):
    write(tmp_path / "in", "a.dcm")
    (tmp_path / "key").write_bytes(b"0123456789abcdef")
    for name in ("one", "two"):
        deidentify_folder(tmp_path / "in", tmp_path / name, key=tmp_path / "key")
    for name in ("three", "four"):
        deidentify_folder(tmp_path / "in", tmp_path / name)
    ids = {name: outputs(tmp_path / name)[0].PatientID for name in ("one", "two", "three", "four")}
    assert ids["one"] == ids["two"]
    assert len(set(ids.values())) == 3


def test_greys_are_no_letters_of_names_and_ids(tmp_path):
    names = {"SpecificCharacterSet": "ISO_IR 144", "PatientName": "Иванова^Надежда", "PatientID": "12345678"}
    eight = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, **names}
    write(tmp_path / "in", "grey.dcm", PixelData=bytes([63]) * 64, **eight)
    write(tmp_path / "in", "ramp.dcm", PixelData=bytes(range(20, 84)), **eight)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert (report.written, report.refused) == (2, ())


def test_a_patient_called_like_a_word_of_the_standard_is_no_reason_to_refuse(tmp_path):
    write(tmp_path / "in", "a.dcm", PatientName="Modified^Retain", PatientID="Longitudinal")
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert (report.written, report.refused) == (1, ())


@pytest.mark.parametrize(
    ("characters", "name", "text"),
    [
        ("ISO_IR 144", "Иванова^Надежда", "снимок ИВАНОВОЙ, Надежда"),
        ("ISO_IR 100", "Müller^Jürgen", "MUELLER_JUERGEN"),
        ("ISO_IR 192", "Doe^Jane", "jane-doe"),
        ("ISO_IR 192", "Wang^Xiao=王^小东", "患者小东的胸片"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "太郎"),
    ],
)
def test_a_kept_text_that_holds_a_name_in_any_form_is_removed(tmp_path, characters, name, text):
    write(tmp_path / "in", "a.dcm", SpecificCharacterSet=characters, PatientName=name, ManufacturerModelName=text)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert (report.written, report.refused) == (1, ())
    assert "ManufacturerModelName" not in outputs(tmp_path / "out")[0]


def test_numbers_equal_to_a_short_id_stay(tmp_path):
    write(tmp_path / "in", "a.dcm", StudyID="123", InstanceNumber=123, SliceThickness="0.123")
    deidentify_folder(tmp_path / "in", tmp_path / "out")
    (found,) = outputs(tmp_path / "out")
    assert (found.InstanceNumber, found.SliceThickness) == (123, 0.123)


def test_an_overlay_in_the_bits_of_the_pixels_is_emptied(tmp_path):
    words = np.arange(64, dtype=np.uint16) | np.uint16(0x1000)
    write(tmp_path / "in", "a.dcm", BitsStored=12, HighBit=11, PixelData=words.tobytes())
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert report.actions["words whose unused bits were emptied"] == 64
    assert np.frombuffer(outputs(tmp_path / "out")[0].PixelData, np.uint16).tolist() == list(range(64))


def test_left_aligned_pixels_keep_their_values_when_text_is_blanked(tmp_path):
    words = (np.arange(64, dtype=np.uint16) + 300) << 4
    write(tmp_path / "in", "a.dcm", BitsStored=12, HighBit=15, PixelData=words.tobytes())
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=bright_corner)
    assert (report.written, report.blanked) == (1, 1)
    assert np.frombuffer(outputs(tmp_path / "out")[0].PixelData, np.uint16)[:8].tolist() == words[:8].tolist()


def test_a_deflated_file_is_searched_as_it_is_read(tmp_path):
    from pydicom.uid import DeflatedExplicitVRLittleEndian

    one = write(tmp_path / "in", "a.dcm", PixelData=b"HOSP-4711".ljust(128, b"\0"))
    one.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    one.save_as(tmp_path / "in" / "a.dcm")
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert (report.written, "1 identifiers would survive" in report.refused[0][1]) == (0, True)


@pytest.mark.parametrize("count", [45, pytest.param(200, marks=pytest.mark.slow)])
def test_no_identifier_survives_wherever_it_stood_and_no_file_is_refused(tmp_path, count):
    scans = write_identified(tmp_path / "in", count)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert (report.written, report.refused) == (count, ())
    assert survivors(scans, tmp_path / "out") == set()


def test_an_identifier_in_the_pixels_refuses_the_file(tmp_path):
    hidden = b"HOSP-4711".ljust(128, b"\0")
    write(tmp_path / "in", "a.dcm", PixelData=hidden)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert report.written == 0
    assert "1 identifiers would survive" in report.refused[0][1]


def test_burned_in_text_is_refused_or_blanked(tmp_path):
    write(tmp_path / "in", "a.dcm", BurnedInAnnotation="YES")
    refused = deidentify_folder(tmp_path / "in", tmp_path / "one")
    assert "burned into the picture, and nothing here searches" in refused.refused[0][1]
    blanked = deidentify_folder(tmp_path / "in", tmp_path / "two", find_text=bright_corner)
    assert (blanked.written, blanked.blanked, blanked.unchecked) == (1, 1, 0)
    (found,) = outputs(tmp_path / "two")
    assert found.BurnedInAnnotation == "NO"
    assert (found.pixel_array[4:, 4:] == 0).all()
    assert found.pixel_array[0, 1] == 1
    missed = deidentify_folder(tmp_path / "in", tmp_path / "three", find_text=lambda picture: [])
    assert "no text was found in it" in missed.refused[0][1]


def bright_corner(picture):
    return [(6, 8, 6, 8)] if picture[6:, 6:].mean() > picture.mean() + 20 else []


def test_text_too_dark_beside_bright_tissue_is_looked_for_too(tmp_path):
    """Letters of 255 in a picture that reaches 4000: 16 of 255 grey levels as it is, black to a reader of letters."""
    pixels = np.zeros((64, 64), np.uint16)
    pixels[40:, 40:] = 4000
    pixels[8:16:2, 8:30] = 255
    write(tmp_path / "in", "a.dcm", Rows=64, Columns=64, PixelData=pixels.tobytes())

    def legible(picture):
        line = picture[6:18, 6:32].astype(int)
        return [(8, 16, 8, 30)] if np.ptp(line) > 30 else []

    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=legible)
    assert (report.written, report.blanked) == (1, 1)
    (found,) = outputs(tmp_path / "out")
    assert not found.pixel_array[:30, :36].any()
    assert (found.pixel_array[40:, 40:] == 4000).all()


def test_text_that_cannot_be_blanked_refuses_the_file(tmp_path):
    write(tmp_path / "in", "a.dcm")
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=lambda picture: [(6, 8, 6, 8)])
    assert "still read in the picture" in report.refused[0][1]


def test_blanked_colours_stay_what_they_were(tmp_path):
    from pydicom.pixels import convert_color_space

    colours = np.full((8, 8, 3), (200, 30, 60), np.uint8)
    colours[6:, 6:] = 255
    stored = convert_color_space(colours, "RGB", "YBR_FULL")
    fields = {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL", "PlanarConfiguration": 0}
    fields |= {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelData": stored.tobytes()}
    write(tmp_path / "in", "a.dcm", **fields)

    def white_corner(picture):
        return [(6, 8, 6, 8)] if (picture[7, 7] == picture.max()).all() else []

    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=white_corner)
    assert (report.written, report.blanked) == (1, 1)
    (found,) = outputs(tmp_path / "out")
    assert np.abs(found.pixel_array[0, 0].astype(int) - (200, 30, 60)).max() <= 2
    assert found.pixel_array[7, 7].max() <= 30


def test_compressed_and_big_endian_pixels_are_blanked_too(tmp_path):
    from pydicom.uid import ExplicitVRBigEndian, RLELossless

    one = write(tmp_path / "in", "a.dcm")
    one.compress(RLELossless)
    one.save_as(tmp_path / "in" / "a.dcm")
    two = write(tmp_path / "in", "b.dcm", PixelData=np.arange(64, dtype=">u2").tobytes())
    two.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    two.save_as(tmp_path / "in" / "b.dcm", implicit_vr=False, little_endian=False)
    report = deidentify_folder(tmp_path / "in", tmp_path / "out", find_text=bright_corner)
    assert (report.written, report.blanked, report.refused) == (2, 2, ())
    for found in outputs(tmp_path / "out"):
        assert found.pixel_array[0].tolist() == list(range(8))
        assert (found.pixel_array[6:, 6:] == 0).all()


def test_no_file_keeps_the_identifier_of_another(tmp_path):
    write(tmp_path / "in", "a.dcm")
    other = {"PatientID": "OTHER-99", "PatientName": "Roe^Richard", "StudyInstanceUID": "1.2.3.44.55.66"}
    write(tmp_path / "in", "b.dcm", **other, ManufacturerModelName="of Richard", SoftwareVersions="see OTHER-99")
    write(tmp_path / "in", "c.dcm", Manufacturer="lent by Richard", PixelData=b"OTHER-99".ljust(128, b"\0"))
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert report.written == 2
    assert "1 identifiers would survive" in report.refused[0][1]
    assert report.searched > 15
    assert all("ManufacturerModelName" not in found or "St." not in found for found in outputs(tmp_path / "out"))
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert b"Richard" not in everything
    assert b"OTHER-99" not in everything
    assert b"1.2.3.44.55.66" not in everything


def test_placeholders_of_one_letter_are_no_identifiers(tmp_path):
    write(tmp_path / "in", "a.dcm", PatientName="Sssssss", PixelData=b"s" * 128)
    write(tmp_path / "in", "b.dcm", PatientName="Jsssss", PixelData=b"j" + b"s" * 127)
    assert deidentify_folder(tmp_path / "in", tmp_path / "out").written == 2


def test_a_transfer_syntax_that_cannot_be_written_is_refused_with_its_name(tmp_path):
    original = write(tmp_path / "in", "a.dcm")
    data = (tmp_path / "in" / "a.dcm").read_bytes()
    deflated_frames = b"1.2.840.10008.1.2.8.1"  # unknown to pydicom 3.0
    (tmp_path / "in" / "a.dcm").write_bytes(
        data.replace(original.file_meta.TransferSyntaxUID.encode() + b"\0", deflated_frames + b"\0", 1)
        .replace(b"UI\x14\x001.2.840.10008.1.2.8", b"UI\x16\x001.2.840.10008.1.2.8", 1)
    )  # fmt: skip
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert "1.2.840.10008.1.2.8.1 is none that pydicom can write" in report.refused[0][1]


def test_a_shifted_date_may_equal_another_original_date(tmp_path):
    from datetime import date, timedelta

    from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms

    (tmp_path / "key").write_bytes(b"0123456789abcdef")
    days = Pseudonyms(b"0123456789abcdef").days("HOSP-4711")
    later = date(2024, 3, 10) + timedelta(days=days)
    write(tmp_path / "in", "a.dcm")
    write(tmp_path / "in", "b.dcm", day=f"{later:%Y%m%d}")
    assert deidentify_folder(tmp_path / "in", tmp_path / "out", key=tmp_path / "key").written == 2


def test_the_search_of_the_output_fails_loudly(tmp_path):
    from lexiscope.core.errors import LexiscopeError
    from lexiscope.corpus.deidentify.identifiers import Identifiers
    from lexiscope.corpus.deidentify.verify import verify_output

    identifiers = Identifiers.of(write(tmp_path / "in", "a.dcm"))
    deidentify_folder(tmp_path / "in", tmp_path / "out")
    (written,) = (tmp_path / "out").rglob("*.dcm")
    dates = {written: {pydicom.dcmread(written).StudyDate}}
    verify_output(tmp_path / "out", identifiers, besides=dates)
    planted = written.parent / "notes.txt"
    for text in ("call MÜLLER", "id hosp-4711", "1.2.3.4.5.6.7"):
        planted.write_text(text)
        with pytest.raises(LexiscopeError, match=r"notes\.txt, found [12]; leave the file out"):
            verify_output(tmp_path / "out", identifiers, besides=dates)
    planted.rename(planted.with_name("HOSP-4711.txt")).write_text("")
    with pytest.raises(LexiscopeError, match="found 1"):
        verify_output(tmp_path / "out", identifiers, besides=dates)


def test_characteristics_are_kept_when_asked(tmp_path):
    write(tmp_path / "in", "a.dcm")
    deidentify_folder(tmp_path / "in", tmp_path / "out", characteristics=True)
    (found,) = outputs(tmp_path / "out")
    assert (found.PatientAge, found.PatientSex) == ("063Y", "F")


def test_wrong_use_is_said(tmp_path):
    with pytest.raises(UsageError, match="expected DICOM files"):
        deidentify_folder(tmp_path / "none", tmp_path / "out")
    write(tmp_path / "in", "a.dcm")
    with pytest.raises(UsageError, match="new or empty folder"):
        deidentify_folder(tmp_path / "in", tmp_path / "in")


@pytest.mark.parametrize("out", ["a.txt", "link"])
def test_a_file_or_a_link_to_nothing_is_no_output_folder(tmp_path, out):
    write(tmp_path / "in", "a.dcm")
    (tmp_path / "a.txt").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match="new or empty folder"):
        deidentify_folder(tmp_path / "in", tmp_path / out)
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_a_run_that_stops_leaves_nothing_to_pass_on(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        write(tmp_path / "in", name)

    def stop(done, total, what):
        if what == "files":
            raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        deidentify_folder(tmp_path / "in", tmp_path / "out", progress=stop)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.dcm", "b.dcm", "in", "out"]
    assert deidentify_folder(tmp_path / "in", tmp_path / "out").written == 2


def test_what_is_found_at_the_end_is_not_published(tmp_path, monkeypatch):
    write(tmp_path / "in", "a.dcm")

    def find(out, identifiers, *, besides):
        assert len(list(out.rglob("*.dcm"))) == 1
        raise LexiscopeError("found 1")

    monkeypatch.setattr("lexiscope.corpus.deidentify.folder.verify_output", find)
    with pytest.raises(LexiscopeError, match="found 1"):
        deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_full_disk_is_no_fault_of_a_file(tmp_path, monkeypatch):
    write(tmp_path / "in", "a.dcm")

    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        deidentify_folder(tmp_path / "in", tmp_path / "out")


@pytest.mark.shared
def test_real_studies_build_the_same_corpus_after_it(shared, tmp_path):
    from lexiscope.sources.scans.dicom import DicomSource

    folder = shared / "dicom" / "series_abdomen_CT_3slices"
    report = deidentify_folder(folder, tmp_path / "out")
    assert not report.refused
    (before,), (after,) = list(DicomSource(folder).drafts()), list(DicomSource(tmp_path / "out").drafts())
    assert before.images["ct"].origin == after.images["ct"].origin
    assert len(before.masks) == len(after.masks) == 6
    assert b"99000" not in b"".join(path.name.encode() for path in (tmp_path / "out").rglob("*"))


def test_a_folder_that_may_not_be_read_is_refused_by_name(tmp_path, monkeypatch):
    Scanner(tmp_path / "in").series(2)
    closed = tmp_path / "in" / "closed"
    monkeypatch.setattr("lexiscope.corpus.deidentify.folder.closed_folders", lambda _: [(closed, "Permission denied")])
    report = deidentify_folder(tmp_path / "in", tmp_path / "out")
    assert report.written == 2
    assert report.refused == ((str(closed), "is a folder that cannot be read: Permission denied"),)
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match=r"found none; 1 folders in it cannot be read \(Permission denied\)"):
        deidentify_folder(tmp_path / "none", tmp_path / "out2")
