"""What identifies somebody, and where it is found again."""

import numpy as np
import pytest

from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.testing.dicom import Scanner


@pytest.fixture
def dataset(tmp_path):
    return Scanner(tmp_path).slice(
        "a.dcm", np.zeros((4, 4), np.uint16), z=0.0, series="1.2.3.4.5", AccessionNumber="X7", StationName="CT-SUITE-9"
    )


def test_names_ids_dates_and_uids_are_identifiers(dataset):
    found = Identifiers.of(dataset)
    assert {"Doe^Jane", "HOSP-4711", "19610203", "1.2.3.4.5", "CT-SUITE-9"} <= found.long
    assert {"Doe", "Jane"} <= found.short
    assert not any(value.startswith("1.2.840.10008.") for value in found.long | found.short)
    assert "X7" not in found.long | found.short  # two characters occur everywhere


def test_placeholders_and_flat_greys_are_none(dataset):
    dataset.PatientID, dataset.StationName = "000000000", "aaabab"
    found = Identifiers.of(dataset)
    assert "000000000" not in found.long | found.short
    assert ("aaabab" in found.long, "aaabab" in found.short) == (False, True)


def test_they_are_found_in_texts_and_bytes(dataset):
    found = Identifiers.of(dataset)
    assert found.in_text("scan of JANE, second try")
    assert not found.in_text("scan of Janet")
    assert found.in_bytes(b"\0\1hosp-4711\0") == 1
    assert found.in_bytes("…19610203…".encode(), besides=["19610203"]) == 0


def test_they_are_found_in_a_data_set_but_for_what_was_written_into_it(dataset):
    found = Identifiers.of(dataset)
    assert found.in_dataset(dataset) == 0  # its names stand in PatientID and PatientName, which are replaced
    dataset.StudyDescription = "knee of Doe"
    assert found.in_dataset(dataset) == 1


def test_joining_keeps_all_and_prepares_no_search_twice(dataset):
    found = Identifiers.of(dataset)
    assert (found | Identifiers(frozenset(), frozenset())) is found
    both = found | Identifiers(frozenset({"another-id"}), frozenset({"Roe"}))
    assert len(both) == len(found) + 2
