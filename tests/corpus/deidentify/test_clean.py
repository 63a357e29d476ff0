"""A data set without identifiers: what is replaced, shifted, emptied, removed, and counted."""

import numpy as np
import pytest

from lexiscope.corpus.deidentify.clean import clean_dataset
from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms
from lexiscope.testing.dicom import Scanner

KEY = Pseudonyms(b"a key of sixteen bytes or more")


@pytest.fixture
def dataset(tmp_path):
    made = Scanner(tmp_path).slice("a.dcm", np.zeros((4, 4), np.uint16), z=0.0, series="1.2.3.4")
    made.StudyDate, made.AcquisitionDateTime = "20200301", "20200301121314.5"
    made.OperatorsName, made.StudyDescription = "Roe^Rick", "knee of Jane"
    made.Manufacturer = "Doe^Jane Scanners"
    made.PerformedProcedureStepStartDate = ""
    made.add_new((0x0019, 0x100A), "US", 9)
    item = type(made)()
    item.SeriesInstanceUID, item.PatientName, item.PatientID = "1.2.3.4", "Doe^Jane", "HOSP-4711"
    made.ReferencedSeriesSequence = [item]
    return made


def cleaned(dataset, **options):
    return clean_dataset(dataset, KEY, Identifiers.of(dataset), **options)


def test_stand_ins_are_the_same_everywhere(dataset):
    uid, series = dataset.SOPInstanceUID, dataset.SeriesInstanceUID
    cleaned(dataset)
    assert dataset.PatientID == dataset.PatientName == KEY.name("patient", "HOSP-4711")
    assert (dataset.SOPInstanceUID, dataset.SeriesInstanceUID) == (KEY.uid(uid), KEY.uid(series))
    assert dataset.ReferencedSeriesSequence[0].SeriesInstanceUID == KEY.uid(series)
    assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.4"  # DICOM's own


def test_dates_move_together_and_lose_their_time(dataset):
    _, dates = cleaned(dataset)
    assert dataset.StudyDate == dataset.AcquisitionDateTime
    moved = np.datetime64("2020-03-01") - np.timedelta64(KEY.days("HOSP-4711"), "D")
    assert dataset.StudyDate == str(moved).replace("-", "")
    assert dates == {dataset.StudyDate}
    assert "PerformedProcedureStepStartDate" not in dataset


@pytest.mark.parametrize("stated", ["00010101", "10000101", "19691231", "20991231", "99991231", "20240230", "0", ""])
def test_dates_of_clocks_that_were_wrong_are_dates_or_nothing(dataset, stated):
    """Scanners whose battery is empty start in year 1 or before 1970, and some are years ahead."""
    dataset.add_new("StudyDate", "DA", stated)
    cleaned(dataset)
    shifted = dataset.get("StudyDate", "")
    assert shifted == "" or (len(shifted) == 8 and int(shifted) < int(stated))


def test_names_texts_and_private_tags_go(dataset):
    counts, _ = cleaned(dataset)
    for keyword in ("OperatorsName", "StudyDescription", "Manufacturer", "PatientAge"):
        assert keyword not in dataset, keyword
    assert (0x0019, 0x100A) not in dataset
    assert not {"PatientName", "PatientID"} & set(dataset.ReferencedSeriesSequence[0].dir())
    assert dataset.PatientBirthDate is None or dataset.PatientBirthDate == ""
    assert counts["Manufacturer removed"] == 1  # kept by the table, but it holds a name
    assert counts["PatientBirthDate emptied"] == 1
    assert not any("Doe" in line or "4711" in line for line in counts)


def test_what_was_done_is_written_into_the_file(dataset):
    cleaned(dataset, characteristics=True)
    assert (dataset.PatientIdentityRemoved, dataset.LongitudinalTemporalInformationModified) == ("YES", "MODIFIED")
    codes = {item.CodeValue for item in dataset.DeidentificationMethodCodeSequence}
    assert codes == {"113100", "113107", "113108"}
    assert (dataset.PatientAge, dataset.PatientSex) == ("062Y", "F")
    assert set(dataset.file_meta.keys()) == {0x00020010}


def test_the_label_of_a_segment_is_its_coded_name(dataset):
    item = type(dataset)()
    item.SegmentLabel = "Jane's tumour"
    code = type(dataset)()
    code.CodeMeaning = "Neoplasm"
    item.SegmentedPropertyTypeCodeSequence = [code]
    plain = type(dataset)()
    plain.SegmentLabel = "Jane"
    dataset.SegmentSequence = [item, plain]
    cleaned(dataset)
    assert [item.SegmentLabel for item in dataset.SegmentSequence] == ["Neoplasm", "segment"]
