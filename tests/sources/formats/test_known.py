"""The table of known formats, and the page that prints it."""

from pathlib import Path

import pytest

from lexiscope.sources.formats.known import KNOWN_FORMATS, known_format
from lexiscope.sources.pixels import IMAGE_SUFFIXES

_PAGE = Path(__file__).parents[3] / "docs/concepts/what-is-read.md"
_SUFFIXES = [suffix for known in KNOWN_FORMATS for suffix in known.suffixes]


def test_a_suffix_belongs_to_one_format():
    assert len(_SUFFIXES) == len(set(_SUFFIXES))


def test_what_is_read_is_known():
    assert set(IMAGE_SUFFIXES) <= set(_SUFFIXES)


def test_the_page_names_every_format():
    words = set(_PAGE.read_text(encoding="utf-8").replace("`", " ").replace(",", " ").split())
    assert not set(_SUFFIXES) - words


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("T1.MGZ", "a FreeSurfer volume (MGH)"),
        ("scan.v2.nii.gz", "a NIfTI scan"),
        ("scan.img.gz", "half of an Analyze or NIfTI pair (.hdr and .img)"),
        ("all.tar.gz", "an archive"),
        ("cells.czi", "a Zeiss microscope image"),
    ],
)
def test_formats_are_told_by_suffix(name, title):
    assert known_format(name).title == title


@pytest.mark.parametrize("name", ["notes.txt", "README", "czi", "x.json", "table.csv.bak", ""])
def test_other_files_are_not_known(name):
    assert known_format(name) is None
