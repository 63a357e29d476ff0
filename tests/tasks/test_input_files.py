"""Which files an input stands for, and DICOM studies among them."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.tasks.evidence import EvidenceCases
from lexiscope.tasks.input_files import InputFile, input_files
from lexiscope.tasks.inputs import read_input
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.drafts import picture, png
from lexiscope.testing.meanwhile import meanwhile
from lexiscope.views import choose_views
from lexiscope.views.planar import PlanarView

SECRETS = ("4711", "Doe", "Jane", "19610203")


@pytest.fixture
def scanner(tmp_path: Path) -> Scanner:
    return Scanner(tmp_path / "HOSP-4711")


def _painted_over(path: Path) -> None:
    path.write_bytes(png(picture(2, 32)).origin.data)


def files_of(scanner: Scanner) -> dict[str, InputFile]:
    with input_files(scanner.folder, ["t1w"]) as files:
        return files


def test_files_of_a_folder_are_found_by_their_modality(tmp_path: Path) -> None:
    for name in ("t1.png", "visit_FLAIR.png"):
        (tmp_path / name).write_bytes(png(picture(1)).origin.data)
    (tmp_path / "notes.txt").touch()
    with input_files(tmp_path, ["flair", "t1", "t2"]) as files:
        assert {name: file.path.name for name, file in files.items()} == {"flair": "visit_FLAIR.png", "t1": "t1.png"}
    with pytest.raises(UsageError, match="named after ct"), input_files(tmp_path, ["ct"]):
        pass
    with (
        pytest.raises(UsageError, match="--modality, one of flair, t1"),
        input_files(tmp_path / "t1.png", ["flair", "t1"]),
    ):
        pass


@pytest.mark.slow
def test_a_study_is_read_as_in_a_corpus_and_known_again(tmp_path: Path, scanner: Scanner) -> None:
    scanner.series(5, SeriesDescription="ax T2 FLAIR")
    scanner.series(4, SeriesDescription="t1 mprage")
    build_corpus(tmp_path / "corpus", DicomSource(scanner.folder))
    corpus = Corpus.open(tmp_path / "corpus")
    views, (case,) = choose_views(corpus, size=32, slices=2), corpus
    given, own = read_input(scanner.folder, views=views), read_input(case.id, views=views, corpus=corpus)
    assert sorted(views) == ["mr_t1", "mr_t2_flair"]
    for name in views:
        assert given.images.present[name].item()
        assert given.images.images[name].equal(own.images.images[name])
    assert EvidenceCases.of(CorpusPart(corpus, None)).excluded_groups(given) == {case.group}
    renamed = {"flair": views["mr_t2_flair"], "t1w": views["mr_t1"], "t2w": views["mr_t1"]}
    seen = read_input(scanner.folder, views=renamed)
    assert [seen.images.present[name].item() for name in ("flair", "t1w", "t2w")] == [True, True, False]
    assert seen.images.images["flair"].equal(own.images.images["mr_t2_flair"])


def test_one_file_is_a_study_too_and_keeps_its_spacing(scanner: Scanner) -> None:
    scanner.slice(
        "film.dcm", np.ones((4, 6), np.uint16), z=None, series="1.2", Modality="CR", ImagerPixelSpacing=[2, 1]
    )
    with input_files(scanner.folder / "film.dcm", ["image"]) as files:
        assert files["image"].spacing == (2.0, 1.0)
        path = files["image"].path
        assert path.is_file()
    assert not path.exists()


def test_what_does_not_fit_is_told_without_identifiers(scanner: Scanner) -> None:
    scanner.series(3, SeriesDescription="t1 mprage")
    scanner.series(4, SeriesDescription="t1 mprage")
    scanner.series(5, skip=(2,), SeriesDescription="Doe T2")
    with pytest.raises(UsageError, match=r"shows t1w, found mr_t1, mr_t1_2; .* Refused: .*slices are missing") as told:
        files_of(scanner)
    assert not any(secret in str(told.value) for secret in SECRETS)
    scanner.study = "1.2.3.4"
    scanner.series(3)
    with pytest.raises(UsageError, match="one study, found 2 studies"):
        files_of(scanner)


def test_a_study_that_cannot_be_read_gives_its_reason(scanner: Scanner) -> None:
    scanner.series(5, skip=(2,))
    with pytest.raises(SourceError, match=r"none that can be read: .*slices are missing") as told:
        files_of(scanner)
    assert not any(secret in str(told.value) for secret in SECRETS)


def test_dicom_files_called_like_a_modality_are_a_series_all_the_same(tmp_path: Path) -> None:
    scanner = Scanner(tmp_path / "scan")
    for k in range(3):
        scanner.slice(f"MR.1.3.{k}", np.full((4, 6), k, np.uint16), z=3.0 * k, series="1.2.3", number=k)
    with input_files(scanner.folder, ["mr"]) as files:
        assert [path.name for path in files["mr"].series] == ["MR.1.3.0", "MR.1.3.1", "MR.1.3.2"]


@pytest.mark.parametrize("at", [2, 4, 7])
@pytest.mark.parametrize("change", [Path.unlink, _painted_over], ids=["vanishes", "is replaced"])
def test_an_input_that_changes_while_it_is_read_is_refused(tmp_path: Path, change: Callable, at: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(picture(1)).origin.data)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    views = {"sem": PlanarView(size=16)}
    with (
        meanwhile(path, change, at=at),
        pytest.raises(SourceError, match=r"a\.png (changed while it was read|cannot be read: it is not there)"),
    ):
        read_input(path, views=views)
