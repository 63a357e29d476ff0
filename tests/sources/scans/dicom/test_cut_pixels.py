"""Truncated files say what is missing of them, wherever they end, and what to do."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from lexiscope.core.errors import SourceError
from lexiscope.sources import Draft, Rejected
from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.sources.scans.dicom.cut_pixels import refuse_cut_pixels
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.testing.dicom import Scanner

PIXELS = np.arange(24, dtype=np.uint16).reshape(4, 6)
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7.2"


def _native(folder: Path) -> Path:
    Scanner(folder).slice("a.dcm", PIXELS, z=0.0, series="1.2.3")
    return folder / "a.dcm"


def _colours(folder: Path) -> Path:
    Scanner(folder).slice("a.dcm", np.zeros((4, 6, 3), np.uint8), z=None, series="1.2.3")
    return folder / "a.dcm"


def _frames(folder: Path) -> Path:
    fields = {"SOPClassUID": SECONDARY_CAPTURE, "NumberOfFrames": 5, "PixelData": bytes(5 * 48)}
    Scanner(folder).slice("a.dcm", PIXELS, z=None, series="1.2.3", **fields)
    return folder / "a.dcm"


def _packed(folder: Path) -> Path:
    """Frames in RLE, each a fragment of 64 bytes of header and what PackBits makes of its two planes."""
    dataset = Scanner(folder).slice("a.dcm", PIXELS, z=None, series="1.2.3", SOPClassUID=SECONDARY_CAPTURE)
    dataset.compress(RLELossless)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.NumberOfFrames, dataset.PixelData = 3, encapsulate([frame] * 3)
    dataset.save_as(folder / "a.dcm", enforce_file_format=True)
    return folder / "a.dcm"


def _implicit(folder: Path) -> Path:
    dataset = Scanner(folder).slice("a.dcm", PIXELS, z=0.0, series="1.2.3")
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(folder / "a.dcm", implicit_vr=True, little_endian=True)
    return folder / "a.dcm"


def _big_endian(folder: Path) -> Path:
    dataset = Scanner(folder).slice("a.dcm", PIXELS, z=0.0, series="1.2.3")
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    dataset["PixelData"].VR = "OW"
    dataset.save_as(folder / "a.dcm", implicit_vr=False, little_endian=False)
    return folder / "a.dcm"


def _cut(path: Path, bytes_left: int) -> Path:
    path.write_bytes(path.read_bytes()[:bytes_left])
    return path


@pytest.mark.parametrize(
    ("make", "missing", "said"),
    [
        (_native, 10, "its header claims 48 bytes of pixels, 38 came"),
        (_native, 48, "its header claims 48 bytes of pixels, 0 came"),
        (_implicit, 10, "its header claims 48 bytes of pixels, 38 came"),
        (_big_endian, 10, "its header claims 48 bytes of pixels, 38 came"),
        (_colours, 1, "its header claims 72 bytes of pixels, 71 came"),
        (_frames, 100, "its header claims 240 bytes of pixels, 140 came, which is 2 of 5 frames"),
        (_packed, 8, "end after 3 fragments, before the mark of their end; its header claims 3 frames, 3 fragments"),
        (
            _packed,
            30,
            r"fragment 3 of its compressed pixels has \d+ bytes, \d+ came; .* 3 frames, 2 fragments are whole",
        ),
    ],
)
def test_a_file_that_ends_within_its_pixels_says_how_many_came(
    tmp_path: Path, make: Callable, missing: int, said: str
) -> None:
    path = make(tmp_path)
    read_planes(read_instance(path))  # the whole file is sound
    refuse_cut_pixels(path)
    instance = read_instance(_cut(path, path.stat().st_size - missing))
    with pytest.raises(SourceError, match=f"the file is truncated: .*{said}") as refused:
        read_planes(instance)
    assert refused.value.remedy == "copy or export the file again"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (100, "it ends after 100 bytes, a DICOM file starts with 132"),
        (200, "it ends after 200 bytes, "),
        (400, "it ends after 400 bytes, "),
    ],
)
def test_a_file_that_ends_within_preamble_or_header_says_where(tmp_path: Path, left: int, said: str) -> None:
    with pytest.raises(SourceError, match=f"the file is truncated: {said}"):
        read_instance(_cut(_native(tmp_path), left))


@pytest.mark.parametrize("make", [_native, _implicit, _frames])
def test_wherever_a_header_ends_it_is_said_to_be_truncated(tmp_path: Path, make: Callable) -> None:
    path = make(tmp_path)
    whole = path.read_bytes()
    pixels = 240 if make is _frames else 48
    for left in range(40, len(whole) - pixels - 8, 23):
        path.write_bytes(whole[:left])
        with pytest.raises(SourceError, match=f"the file is truncated: it ends after {left} bytes, ") as refused:
            read_instance(path)
        assert "again" in refused.value.remedy


def test_a_header_that_is_whole_but_for_its_pixels_says_how_many_are_missing(tmp_path: Path) -> None:
    path = _native(tmp_path)
    left = path.stat().st_size - 48 - 12  # the pixels and the twelve bytes that say so
    with pytest.raises(SourceError, match=f"it ends after {left} bytes, before its pixels, .* claims 48 bytes"):
        read_instance(_cut(path, left))


def test_a_truncated_slice_is_named_and_other_studies_are_read(tmp_path: Path) -> None:
    Scanner(tmp_path / "whole").series(3)
    path = _native(tmp_path / "cut")
    _cut(path, path.stat().st_size - 10)
    items = list(DicomSource(tmp_path, keep_paths=True).drafts())
    assert len([item for item in items if isinstance(item, Draft)]) == 1
    (rejected,) = [item for item in items if isinstance(item, Rejected)]
    assert rejected.reason.endswith("the file is truncated: its header claims 48 bytes of pixels, 38 came")
    assert rejected.remedy == "copy or export the file again"
