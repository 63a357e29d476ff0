"""DICOM files are known by their bytes, and parsed quietly or refused."""

import logging
import warnings

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.files import find_files, is_dicom, is_surely_dicom, quietly, read_dataset


@pytest.fixture
def path(scanner):
    scanner.slice("a.dcm", np.zeros((4, 6), np.uint16), z=0.0, series="1.2.3")
    return scanner.folder / "a.dcm"


def bare(path, to):
    """The file without preamble and mark."""
    to.write_bytes(path.read_bytes()[132:])
    return to


def test_files_are_found_by_bytes_or_name_in_order(path):
    folder = path.parent
    (folder / "b").write_bytes(path.read_bytes())
    (folder / "c.ima").write_bytes(b"damaged")
    (folder / "d.txt").write_text("no image")
    (folder / ".e.dcm").write_bytes(path.read_bytes())
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "f.dcm").write_bytes(path.read_bytes())
    assert [found.name for found in find_files(folder)] == ["a.dcm", "b", "c.ima"]
    assert list(find_files(folder / "d.txt")) == [folder / "d.txt"]


def test_files_without_preamble_are_dicom_but_not_surely(path, tmp_path):
    plain = bare(path, tmp_path / "bare")
    assert is_dicom(plain)
    assert not is_surely_dicom(plain)
    assert is_surely_dicom(path)
    assert not is_dicom(tmp_path)
    assert not is_dicom(tmp_path / "none")


def test_a_header_is_parsed_with_the_place_of_its_pixels(path):
    dataset, offset = read_dataset(path)
    assert dataset.Rows == 4
    assert "PixelData" not in dataset
    assert path.read_bytes()[offset : offset + 4] == b"\xe0\x7f\x10\x00"
    whole, zero = read_dataset(path, pixels=True)
    assert (len(whole.PixelData), zero) == (48, 0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "is empty"), (b"hello world, this is no image", "is no DICOM file, whatever its name says")],
)
def test_what_is_no_dicom_is_refused(tmp_path, data, reason):
    (tmp_path / "a.dcm").write_bytes(data)
    with pytest.raises(SourceError, match=reason):
        read_dataset(tmp_path / "a.dcm")


def test_a_file_that_ends_in_its_header_is_refused(path):
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SourceError, match="the file is truncated: it ends after 200 bytes"):
        read_dataset(path)


def test_warnings_that_quote_values_are_kept_quiet_and_only_inside():
    logger = logging.getLogger("pydicom")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with quietly():
            warnings.warn("Doe^Jane", stacklevel=1)
            assert logger.disabled
        assert heard == []
    assert not logger.disabled
