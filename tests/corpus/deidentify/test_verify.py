"""What was written is read again, bytes and names, and an identifier in it stops everything."""

import numpy as np
import pytest

from lexiscope.core.errors import LexiscopeError
from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.corpus.deidentify.verify import verify_output
from lexiscope.testing.dicom import Scanner

WHO = Identifiers(frozenset({"HOSP-4711", "20200301"}), frozenset({"Doe"}))


def test_clean_output_passes(tmp_path):
    (tmp_path / "log.json").write_text("nothing of anybody")
    verify_output(tmp_path, WHO, besides={})


@pytest.mark.parametrize("name", ["log.json", "hosp-4711.dcm"])
def test_a_survivor_in_bytes_or_name_is_refused_without_its_value(tmp_path, name):
    (tmp_path / name).write_text("seen: HOSP-4711" if name == "log.json" else "x")
    with pytest.raises(LexiscopeError, match=r"expected no identifier of the originals in .*, found 1") as error:
        verify_output(tmp_path, WHO, besides={})
    assert "HOSP-4711" not in str(error.value)


def test_a_short_name_in_a_header_is_found(tmp_path):
    Scanner(tmp_path).slice(
        "a.dcm", np.zeros((4, 4), np.uint8), z=0.0, series="1.2.3", PatientID="x", StudyDescription="of Doe"
    )
    with pytest.raises(LexiscopeError, match="found 1"):
        verify_output(tmp_path, WHO, besides={})


def test_a_date_that_was_written_in_place_of_another_is_none(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("20200301")
    verify_output(tmp_path, WHO, besides={path: ["20200301"]})
    with pytest.raises(LexiscopeError, match="found 1"):
        verify_output(tmp_path, WHO, besides={})
