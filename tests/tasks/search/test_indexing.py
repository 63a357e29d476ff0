"""Indexing: what is computed again after a change, and what is refused."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.core import Passage
from lexiscope.core.errors import LexiscopeError
from lexiscope.core.files import exclusive
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.indexing import full_text, index_corpus
from lexiscope.tasks.search.place import IndexPlace
from lexiscope.tasks.search.search import search


def test_an_index_that_is_up_to_date_is_left_alone(corpus: Corpus, model: ModelDirectory) -> None:
    first = index_corpus(model, corpus)
    again = index_corpus(model, corpus)
    assert (first.fresh, again.fresh) == (False, True)
    assert again == replace(first, embedded=0, fresh=True)


@pytest.mark.slow
def test_new_words_need_no_new_vector(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    case = corpus["case-0002"]
    corpus.upsert([replace(case, texts=(*case.texts, Passage("report", "Wolframite inclusions.")))])
    report = index_corpus(model, corpus)
    assert (report.fresh, report.embedded, report.cases) == (False, 0, 11)
    hits = search(model, "wolframite", text_weight=1)[0].value
    assert [hit["case"] for hit in hits] == ["case-0002"]


@pytest.mark.slow
def test_only_new_images_are_embedded(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    cases = corpus.take(["case-0000", "case-0001"])
    corpus.upsert([replace(cases[0], id="again"), replace(cases[1], images={}, id="bare")])
    report = index_corpus(model, corpus)
    assert (report.embedded, report.images) == (0, 11)  # the copy shows an image whose vector is known


def test_progress_counts_every_case_in_each_step(corpus: Corpus, model: ModelDirectory) -> None:
    told: list[tuple[int, int | None, str]] = []
    index_corpus(model, corpus, progress=lambda *counted: told.append(counted))
    assert [count for count in told if count[2] == "indexing"] == [(n, 12, "indexing") for n in range(1, 13)]
    steps = [count[2] for count in told]
    assert list(dict.fromkeys(steps)) == ["embedding", "reading what is written", "indexing"]
    assert told[steps.index("indexing") - 1] == (12, 12, "reading what is written")


def test_two_builds_of_one_index_do_not_meet(corpus: Corpus, model: ModelDirectory) -> None:
    place = IndexPlace(model)
    place.folder.mkdir(parents=True)
    with (
        exclusive(place.folder / ".lock", what="the index"),
        pytest.raises(LexiscopeError, match=f"the index of {model.path} is being written by another process"),
    ):
        index_corpus(model, corpus)


def test_the_command_that_builds_an_index_again_can_be_pasted(tmp_path: Path) -> None:
    model = ModelDirectory(tmp_path / "my model")
    assert IndexPlace(model).rebuild("corpus") == f"lexiscope index '{model.path}' corpus"
    assert IndexPlace(model, "http://localhost:6333").rebuild("c").endswith("c --url http://localhost:6333")


def test_manifests_of_stores_have_names_of_their_own(tmp_path: Path) -> None:
    model = ModelDirectory(tmp_path / "model")
    names = {IndexPlace(model, url).manifest.name for url in (None, "http://a:6333", "http://b:6333")}
    assert len(names) == 3
    assert "index.json" in names


def test_the_full_text_of_a_case_is_all_its_passages(corpus: Corpus) -> None:
    case = replace(corpus["case-0000"], texts=(Passage("title", "One"), Passage("caption", "two")))
    assert full_text(case) == "One\ntwo"


@pytest.mark.parametrize("place", ["embeddings", "."])
def test_a_link_in_the_place_of_a_folder_of_ours_is_left_alone(
    place: str, corpus: Corpus, model: ModelDirectory, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    for name in ("thesis", "0" * 32, "lexiscope-000000000000-000000000000"):
        (victim / name).mkdir(parents=True)
    before = sorted(victim.rglob("*"))
    link = model.path / "index" / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(victim)
    with pytest.raises(LexiscopeError, match=r"got a link to .*victim"):
        index_corpus(model, corpus)
    assert sorted(victim.rglob("*")) == before


def test_what_others_put_into_the_index_folder_stays(corpus: Corpus, model: ModelDirectory, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (victim / "inner").mkdir(parents=True)
    old = model.path / "index" / "embeddings" / ("0" * 32)
    for folder in (old, old.with_name("thesis")):
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("precious")
    (old / ("1" * 64 + ".safetensors")).write_text("an older vector")
    (old.parent / ("2" * 32)).symlink_to(victim)
    (model.path / "index" / "lexiscope-000000000000-000000000000").symlink_to(victim)
    index_corpus(model, corpus)
    assert [file.name for file in old.iterdir()] == ["notes.txt"]
    assert (old.with_name("thesis") / "notes.txt").read_text() == "precious"
    assert (victim / "inner").is_dir()


def test_pipes_and_devices_in_a_model_are_not_waited_for(corpus: Corpus, model: ModelDirectory) -> None:
    fingerprint = model.fingerprint
    os.mkfifo(model.path / "joint" / "pipe")
    (model.path / "joint" / "zero").symlink_to("/dev/zero")
    (model.path / "joint" / ".DS_Store").write_text("left by a desktop")
    assert model.fingerprint == fingerprint
    assert index_corpus(model, corpus).cases == 11
