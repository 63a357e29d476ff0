"""Files that change or vanish while they are read cost themselves alone, and nothing is kept under a wrong hash."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.ingest import ingest
from lexiscope.corpus.rejections import read_rejections
from lexiscope.simulate.pdf import PdfPage, write_pdf
from lexiscope.sources import Draft, ImageFile, Rejected
from lexiscope.sources.images import ImagesSource
from lexiscope.sources.papers.pdf import PdfSource
from lexiscope.sources.papers.pdf import paper as pdf_paper
from lexiscope.sources.pixels import read_header
from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.sources.steady import FileState, read_input, steady
from lexiscope.sources.tables.rows import read_rows
from lexiscope.sources.tables.table import TableSource
from lexiscope.testing.cases import make_drafts
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.drafts import draft, picture, png
from lexiscope.testing.meanwhile import meanwhile

_LONG_AGO = 1_600_000_000  # as clocks of disks tick coarsely, nothing here is as new as what is done to it


def grow(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-20] ^= 255
    path.write_bytes(bytes(data))


def replace(path: Path) -> None:
    others = [file for file in sorted(path.parent.iterdir()) if file.suffix == path.suffix and file != path]
    shutil.copyfile(others[0], path)


CHANGES = {"vanishes": Path.unlink, "grows": grow, "is cut": cut, "is damaged": flip, "is replaced": replace}


def old(folder: Path) -> Path:
    for path in folder.rglob("*"):
        os.utime(path, (_LONG_AGO, _LONG_AGO))
    return folder


def write_images(folder: Path) -> Path:
    folder.mkdir()
    for number, name in enumerate("abc"):
        (folder / f"{name}.png").write_bytes(png(picture(number, 16 + 8 * number)).origin.data)
    return old(folder)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("link", [False, True], ids=["copied", "linked"])
def test_an_image_that_changes_before_it_is_decoded_is_named(tmp_path: Path, change: Callable, *, link: bool) -> None:
    lab, corpus = write_images(tmp_path / "lab"), Corpus.create(tmp_path / "corpus")
    file = draft("b", images={"sem": ImageFile(lab / "b.png")})
    with meanwhile(lab / "b.png", change, at=2) as opened:  # it was hashed by the first
        done = ingest(file, corpus=corpus, known={}, link=link)
    assert opened.count >= 2
    assert done.case is None
    (rejected,) = done.rejected
    wanted = "is not there, or no longer" if change is Path.unlink else "b.png changed while it was read"
    assert wanted in rejected.reason
    assert rejected.remedy
    assert not [path for path in (corpus.path / "objects").rglob("*") if path.is_file()]


def test_a_known_image_that_is_replaced_after_it_was_hashed_is_no_image_of_another_size(tmp_path: Path) -> None:
    lab, corpus = write_images(tmp_path / "lab"), Corpus.create(tmp_path / "corpus")
    file = draft("b", images={"sem": ImageFile(lab / "b.png")})
    first = ingest(file, corpus=corpus, known={})
    with meanwhile(lab / "b.png", replace, at=2):
        again = ingest(file, corpus=corpus, known=first.hashes)
    assert again.case is None
    assert "changed while it was read" in again.rejected[0].reason


def test_the_others_of_a_folder_are_built_and_the_next_build_takes_the_file_as_it_is_then(tmp_path: Path) -> None:
    lab = write_images(tmp_path / "lab")
    with meanwhile(lab / "b.png", replace, at=3):
        report = build_corpus(tmp_path / "corpus", ImagesSource(lab))
    assert (report.cases, report.rejected) == (2, 1)
    assert build_corpus(tmp_path / "corpus", ImagesSource(lab)).cases == 3
    corpus = Corpus.open(tmp_path / "corpus")
    assert corpus["b"].images["image"].content == corpus["a"].images["image"].content


def dicoms(folder: Path) -> tuple[object, Path]:
    Scanner(folder).series(4)
    Scanner(folder / "second").series(4)
    return DicomSource(folder, keep_paths=True), min((folder / "second").iterdir())


def niftis(folder: Path) -> tuple[object, Path]:
    for made in make_drafts(2, volumes=True, size=16):
        (folder / made.id).mkdir(parents=True)
        for modality, file in made.images.items():
            (folder / made.id / f"{modality}.nii.gz").write_bytes(file.origin.data)
    return NiftiSource(folder), folder / "case-0001" / "flair.nii.gz"


def table(folder: Path) -> tuple[object, Path]:
    write_images(folder)
    (folder / "t.csv").write_text("image,text\na.png,One\nb.png,Two\nc.png,Three\n")
    return TableSource(folder / "t.csv", image_columns=("image",), text_columns=("text",)), folder / "b.png"


@pytest.mark.slow
@pytest.mark.parametrize("make", [dicoms, niftis, table])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whenever_it_happens_a_build_ends_and_what_it_kept_is_what_it_hashed(
    tmp_path: Path, make: Callable, change: Callable
) -> None:
    source, file = make(tmp_path / "lab")
    old(tmp_path / "lab")
    shutil.copytree(tmp_path / "lab", tmp_path / "kept")
    with meanwhile(file) as opened:
        whole = build_corpus(tmp_path / "whole", source)
    assert opened.count > 1
    for at in range(1, opened.count + 1):
        shutil.rmtree(tmp_path / "lab")
        shutil.copytree(tmp_path / "kept", tmp_path / "lab")
        with meanwhile(file, change, at=at):
            report = build_corpus(tmp_path / f"{at}", source)
        corpus = Corpus.open(tmp_path / f"{at}")
        assert report.cases >= whole.cases - 1
        assert report.cases == whole.cases or list(read_rejections(corpus.path))
        for image in (image for case in corpus for image in case.images.values()):
            header = read_header(corpus.checked_path(image))
            assert (header.shape, header.format, header.bits) == (image.shape, image.format, image.bits)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_pixels_of_dicom_are_those_of_the_header_that_was_read(tmp_path: Path, change: Callable) -> None:
    source, file = dicoms(tmp_path)
    old(tmp_path)
    with meanwhile(file) as opened:
        list(source.drafts())
    with meanwhile(file, change, at=opened.count):
        items = list(source.drafts())
    assert len([item for item in items if isinstance(item, Draft)]) == 1
    reasons = [item.reason for item in items if isinstance(item, Rejected)]
    wanted = "is not there, or no longer" if change is Path.unlink else "changed while it was read"
    assert any(wanted in reason for reason in reasons), reasons


def test_a_table_that_grows_while_it_is_read_is_named_after_its_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,text\n" + "a.png,One\n" * 3)
    old(tmp_path)
    rows: Iterator = read_rows(tmp_path / "t.csv")
    first = next(rows)
    grow(tmp_path / "t.csv")
    *_, last = rows
    assert first.cells == {"image": "a.png", "text": "One"}
    assert (last.path, last.reason) == (
        str(tmp_path / "t.csv"),
        "t.csv changed while it was read: rows of it may be torn or missing",
    )
    assert last.remedy == "run again when nothing writes to it"


@pytest.mark.parametrize("change", [grow, cut, Path.unlink])
def test_a_paper_that_changes_between_two_pages_costs_itself(tmp_path: Path, monkeypatch, change: Callable) -> None:
    text = [(72, 60 + 14 * row, 10, "Glass breaks along its edges, as Fig. 1 shows.", False) for row in range(4)]
    page = PdfPage([*text, (72, 420, 9, "Fig. 1. Grains.", False)], boxes=[((100.0, 200.0, 400.0, 400.0), 0.4)])
    for name in ("a.pdf", "b.pdf"):
        write_pdf(tmp_path / name, [page, page])
    old(tmp_path)
    read_page, paths = pdf_paper.read_page, []

    def read(page: object, number: int) -> object:
        if number and not paths:
            paths.append(tmp_path / "a.pdf")
            change(tmp_path / "a.pdf")
        return read_page(page, number)

    monkeypatch.setattr(pdf_paper, "read_page", read)
    items = list(PdfSource(tmp_path).drafts())
    (rejected,) = [item for item in items if isinstance(item, Rejected)]
    assert rejected.path == str(tmp_path / "a.pdf")
    assert "a.pdf changed while" in rejected.reason or "a.pdf cannot be read: it is not there" in rejected.reason
    assert {item.provenance.locator["file"] for item in items if isinstance(item, Draft)} == {"b.pdf"}


@pytest.mark.parametrize("now", [-1, 0, 4_000_000_000], ids=["before 1970", "1970", "after 2038"])
def test_a_clock_that_jumps_makes_no_file_another_and_hides_no_change(tmp_path: Path, now: int) -> None:
    path = tmp_path / "a.txt"
    path.write_text("four")
    os.utime(path, (now, now))
    with steady(path):
        assert read_input(path) == b"four"
    state = FileState.of(path)
    path.write_text("five")
    os.utime(path, (now - 1, now - 1))
    with pytest.raises(SourceError, match="changed while it was read"):
        state.require(path)
