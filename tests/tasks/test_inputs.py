"""What a task is pointed at: a file, a folder, a case; and what of a corpus is its own."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.corpus.part import CorpusPart
from lexiscope.tasks.evidence import EvidenceCases
from lexiscope.tasks.inputs import read_input
from lexiscope.testing import make_corpus
from lexiscope.views import choose_views


def test_a_folder_a_file_and_a_case_give_the_same_pixels(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 4, volumes=True, missing=0.4)
    views = choose_views(corpus, size=32, slices=2)
    case = next(case for case in corpus if len(case.images) < 3)
    folder = tmp_path / "visit"
    folder.mkdir()
    for name, image in case.images.items():
        shutil.copy(corpus.object_path(image), folder / f"visit_{name}.nii.gz")
    own, seen = read_input(case.id, views=views, corpus=corpus), read_input(folder, views=views)
    assert own.contents == seen.contents
    assert (own.group, seen.group) == (case.group, None)
    for name in views:
        assert own.images.present[name].item() == seen.images.present[name].item() == (name in case.images)
        assert own.images.images[name].equal(seen.images.images[name])


def test_own_groups_are_all_that_hold_the_files_whatever_their_split(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 6)
    views, case = choose_views(corpus, size=32), next(corpus.cases("train"))
    corpus.upsert([replace(case, id="twin", group="elsewhere", split=None)])
    file = corpus.object_path(case.images["photo"])
    cases = EvidenceCases.of(CorpusPart(corpus, "train"))
    assert cases.excluded_groups(read_input(file, views=views)) == {case.group, "elsewhere"}
    strange = make_corpus(tmp_path / "other", 2, seed=9)
    others = EvidenceCases.of(CorpusPart(strange, None))
    assert others.excluded_groups(read_input(file, views=views)) == set()
    assert others.excluded_groups(read_input(case.id, views=views, corpus=corpus)) == {case.group}


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 2)
    views = choose_views(corpus, size=32)
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(SourceError):
        read_input(tmp_path / "notes.png", views=views)
    with pytest.raises(UsageError, match="found nothing there; check the path"):
        read_input(tmp_path / "nowhere.png", views=views)
    with pytest.raises(UsageError, match="named after photo"):
        read_input(tmp_path / "corpus", views=views)
    with pytest.raises(UsageError, match="got modality 'flair'"):
        read_input(tmp_path / "notes.png", views=views, modality="flair")
