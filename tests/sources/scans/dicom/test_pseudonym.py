"""Stand-ins: the same for the same identifier and key, other ones for other keys."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms

KEY = Pseudonyms(b"a key of sixteen bytes or more")


def test_stand_ins_depend_on_identifier_kind_and_key():
    assert KEY.name("patient", "A") == KEY.name("patient", "A")
    assert len({KEY.name("patient", "A"), KEY.name("patient", "B"), Pseudonyms().name("patient", "A")}) == 3
    assert KEY.name("study", "A").removeprefix("study-") != KEY.name("patient", "A").removeprefix("patient-")


def test_uids_are_valid_and_days_lie_in_ten_years():
    from pydicom.uid import UID

    assert UID(KEY.uid("1.2.3")).is_valid
    assert all(1 <= KEY.days(str(n)) <= 3650 for n in range(200))
    assert len({KEY.days(str(n)) for n in range(200)}) > 150


def test_a_key_comes_from_a_file_and_is_never_shown(tmp_path):
    (tmp_path / "key").write_bytes(b"a key of sixteen bytes or more\n")
    assert Pseudonyms.from_file(tmp_path / "key") == KEY
    assert Pseudonyms.from_file(None) == Pseudonyms()
    assert b"sixteen".decode() not in repr(KEY)


def test_no_key_and_a_short_one_are_refused(tmp_path):
    (tmp_path / "short").write_bytes(b"short")
    with pytest.raises(UsageError, match="must have 16 bytes or more, got 5"):
        Pseudonyms.from_file(tmp_path / "short")
    with pytest.raises(UsageError, match="expected a key file at"):
        Pseudonyms.from_file(tmp_path / "none")
