import pytest

from lexiscope.core.errors import UsageError
from lexiscope.sources import SOURCES, Source, detect_source
from lexiscope.testing.distribution import write_distribution


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_is_one(name):
    source = SOURCES.load(name)
    assert source.name == name
    assert callable(source.detect)
    assert callable(source.drafts)
    assert Source.__doc__


def test_what_is_not_known_is_answered_with_what_was_looked_for(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match=r"article XML.*dataset\.json.*jsonl.*--as"):
        detect_source(tmp_path)
    with pytest.raises(UsageError, match="found nothing there"):
        detect_source(tmp_path / "none")


def test_a_folder_of_a_format_that_nobody_reads_is_told_what_converts_it(tmp_path):
    (tmp_path / "plate1").mkdir()
    (tmp_path / "plate1" / "well.nd2").touch()
    with pytest.raises(UsageError, match=r"well\.nd2 is a Nikon microscope image: export it as OME-TIFF"):
        detect_source(tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("papers_cc_by", "jats"),
        ("lgg_mri/cases", "nifti"),
        ("lgg_mri", "nifti"),
        ("dicom", "dicom"),
        ("msd_hippocampus", "nifti"),
        ("openstax_figures/pairs.jsonl", "table"),
        ("openstax_figures/images", "images"),
    ],
)
def test_real_data_is_known(shared, path, name):
    assert detect_source(shared / path) == name


_TAPES = """
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Tapes:
    name: ClassVar[str] = "tapes"
    path: Path

    @staticmethod
    def detect(path):
        return path.suffix == ".tape" or (path.is_dir() and any(path.glob("*.tape")))

    def drafts(self):
        yield from ()
"""


def test_a_source_of_another_package_goes_before_tables_and_images(tmp_path, monkeypatch):
    write_distribution(
        tmp_path / "site", "some-tapes", {"lexiscope.source": {"tapes": "some_tapes:Tapes"}}, code=_TAPES
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"\x89PNG")
    assert detect_source(folder) == "images"
    (folder / "a.tape").touch()
    assert detect_source(folder) == "tapes"


def test_a_broken_source_of_another_package_breaks_no_other(tmp_path, monkeypatch, caplog):
    write_distribution(tmp_path / "site", "bad-tapes", {"lexiscope.source": {"tapes": "bad_tapes:Tapes"}})
    monkeypatch.syspath_prepend(tmp_path / "site")
    table = tmp_path / "a.csv"
    table.write_text("image\n")
    assert detect_source(table) == "table"
    assert "repair or uninstall bad-tapes" in caplog.text
