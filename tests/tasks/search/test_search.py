"""Indexing and searching a small corpus: what is found, what is refused, and what a second build costs."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from lexiscope.core import Passage
from lexiscope.core.errors import IndexStoreError, ModelError, SourceError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.embed import embed_cases, embed_texts
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.tasks.search.search import Searcher, SearchRequest, search
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space, tiny_views
from lexiscope.testing.qdrant import FakeQdrant, serving

Indexed: TypeAlias = tuple[Corpus, ModelDirectory]


def photo(corpus: Corpus, case: str) -> Path:
    return corpus.object_path(corpus[case].images["photo"])


def test_index_counts_what_can_be_found(corpus: Corpus, model: ModelDirectory) -> None:
    report = index_corpus(model, corpus)
    assert (report.cases, report.images, report.texts, report.unsearchable) == (11, 10, 11, 1)
    assert (report.embedded, report.fresh) == (10, False)


def test_image_finds_itself_first(indexed: Indexed) -> None:
    corpus, model = indexed
    path = photo(corpus, "case-0003")
    found = search(model, image=path, k=3)[0]
    best = found.value[0]
    assert best["case"] == "case-0003"
    assert best["score"] == pytest.approx(1.0, abs=1e-3)
    assert Path(best["path"]).read_bytes() == path.read_bytes()
    assert (found.task, found.case, len(found.value)) == ("search", str(path), 3)
    assert found.evidence[0].details["cosine"] == pytest.approx(1.0, abs=1e-3)


def test_hits_have_the_promised_keys(indexed: Indexed) -> None:
    corpus, model = indexed
    hit = search(model, "specimen 4", k=1)[0].value[0]
    assert set(hit) == {"case", "score", "group", "text", "path", "licence", "matched", "untrained"}
    assert (hit["case"], hit["group"], hit["licence"]) == ("case-0004", "group-0002", "CC0-1.0")
    assert hit["text"] == corpus["case-0004"].texts[0].text


def test_every_hit_says_why_it_matched(indexed: Indexed) -> None:
    corpus, model = indexed
    text = corpus["case-0004"].texts[0].text
    best = search(model, text, k=1)[0].value[0]
    assert best["case"] == "case-0004"
    assert set(best["matched"]) == {"image", "wording", "exact words"}
    assert best["matched"]["wording"] == pytest.approx(1.0, abs=1e-2)
    again = search(model, text, k=1, rerank=True)[0]
    assert again.value[0]["matched"]["tokens"] == pytest.approx(1.0, abs=1e-4)
    assert again.evidence[0].details["tokens"] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("leg", "score"), [("image", "image"), ("wording", "wording"), ("words", "exact words")])
def test_one_leg_alone_scores_as_it_says(indexed: Indexed, leg: str, score: str) -> None:
    hits = search(indexed[1], "a red disc, specimen", legs=[leg])[0].value
    assert hits
    assert all(hit["matched"] == {score: hit["score"]} for hit in hits)


@pytest.mark.slow
def test_an_index_made_before_is_searched_and_then_made_again(corpus: Corpus, model: ModelDirectory) -> None:
    """Earlier versions kept no vectors of what is written, and no weights."""
    index_corpus(model, corpus)
    file = model.path / "index" / "index.json"
    record = json.loads(file.read_text())
    del record["weights"], record["weighed_on"], record["spec"]["wording"]
    file.write_text(json.dumps(record))
    best = search(model, corpus["case-0004"].texts[0].text, k=1)[0].value[0]
    assert (best["case"], set(best["matched"])) == ("case-0004", {"image", "exact words"})
    assert not index_corpus(model, corpus).fresh
    assert "wording" in search(model, "specimen", k=1)[0].value[0]["matched"]


def test_a_search_by_words_loads_nothing_that_it_does_not_need(indexed: Indexed) -> None:
    """Neither torch nor what comes with it, which take longer to load than all the rest of a search.

    pandas is left out: where it is installed, pyarrow loads it with its data sets, whoever asks for them.
    """
    code = (
        "import sys; from lexiscope.cli.app import app\n"
        "app(['search', sys.argv[1], 'a red disc', '-k', '1', '--json'], standalone_mode=False)\n"
        "print(sorted({'torch', 'transformers', 'scipy', 'PIL', 'sympy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(indexed[1].path)], capture_output=True, check=True, text=True
    )
    assert '"wording"' in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_words_find_the_same_with_torch_and_without(indexed: Indexed, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = search(indexed[1], "a red disc, specimen", k=5)[0].value
    monkeypatch.setattr(ModelDirectory, "plain_texts", lambda _: None)
    whole = search(indexed[1], "a red disc, specimen", k=5)[0].value
    assert [hit["case"] for hit in plain] == [hit["case"] for hit in whole]
    assert [hit["score"] for hit in plain] == pytest.approx([hit["score"] for hit in whole], abs=1e-4)


def test_case_without_image_is_found_by_its_words(indexed: Indexed) -> None:
    best = search(indexed[1], "組織 gefüge", text_weight=1)[0].value
    assert [hit["case"] for hit in best] == ["words-only"]
    assert best[0]["path"] is None


def test_words_and_image_together_meet_in_the_middle(indexed: Indexed) -> None:
    corpus, model = indexed
    joint = model.joint()
    words, case = "a green disc", corpus["case-0001"]
    image = embed_cases(model, corpus, [case], joint=joint)[0]
    mean = embed_texts(joint, [words])[0] + image
    expected = float(image @ mean / np.linalg.norm(mean))
    found = search(model, words, image=photo(corpus, case.id), legs=["image"], k=11)[0].value
    assert next(hit["score"] for hit in found if hit["case"] == case.id) == pytest.approx(expected, abs=2e-3)


def test_filters_reach_fields_and_attributes(indexed: Indexed) -> None:
    corpus, model = indexed
    colour = corpus["case-0000"].attributes["colour"]
    same = {case.id for case in corpus if case.attributes.get("colour") == colour}
    found = search(model, "specimen", k=20, where=[f"attributes.colour={colour}"])[0].value
    assert {hit["case"] for hit in found} == same
    assert {hit["group"] for hit in search(model, "specimen", k=20, where=["split=test"])[0].value} == {"group-0004"}


@pytest.mark.slow
def test_second_build_does_nothing_and_growth_embeds_only_what_is_new(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    assert index_corpus(model, corpus).fresh
    case = corpus["case-0000"]
    corpus.upsert(
        [
            replace(case, id="new-text", texts=(Passage("caption", "zeppelin"),)),
            replace(case, texts=(Passage("caption", "dirigible"),)),
        ]
    )
    report = index_corpus(model, corpus)
    assert (report.fresh, report.embedded, report.cases) == (False, 0, 12)
    assert [hit["case"] for hit in search(model, "zeppelin", text_weight=1)[0].value] == ["new-text"]
    assert len(list((model.path / "index").glob("lexiscope-*"))) == 1


def test_corpus_that_grew_makes_the_index_stale(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    corpus.upsert([replace(corpus["case-0000"], id="another")])
    with pytest.raises(IndexStoreError, match=f"corpus changed.*run: lexiscope index {model.path} {corpus.path}"):
        search(model, "disc")


@pytest.mark.slow
def test_other_weights_make_the_index_stale(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    views = model.views()
    model.save_joint(tiny_joint_space(views, seed=9), views=views, record={})
    with pytest.raises(IndexStoreError, match=f"state of the model.*run: lexiscope index {model.path} {corpus.path}"):
        search(model, "disc")
    assert index_corpus(model, corpus).embedded == 10


def test_missing_parts_name_the_command(corpus: Corpus, model: ModelDirectory, tmp_path: Path) -> None:
    with pytest.raises(IndexStoreError, match=f"found none; run: lexiscope index {model.path} CORPUS"):
        search(model, "disc")
    with pytest.raises(ModelError, match="lexiscope train align"):
        index_corpus(tmp_path / "nothing", corpus)


@pytest.mark.parametrize(
    ("query", "options", "message"),
    [
        (None, {}, "needs words or an image"),
        ("  ", {}, "needs words or an image"),
        ("disc", {"k": 0}, "^k: expected 1 to 1000000, got 0"),
        ("disc", {"where": ["attributes.color=red"]}, r"Did you mean 'attributes\.colour'"),
        ("disc", {"where": ["split"]}, "reads FIELD OPERATOR VALUE"),
        ("disc", {"text_weight": 2}, "between 0"),
        ("disc", {"legs": ["colour"]}, "a leg is one of image, wording, words, got 'colour'"),
        (None, {"image": "x.png", "legs": ["words"]}, "need words to look for, got an image alone"),
        (None, {"image": "x.png", "rerank": True}, "reads the words of a query"),
    ],
)
def test_wrong_use_is_refused(indexed: Indexed, query: str | None, options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        search(indexed[1], query, **options)  # type: ignore[arg-type]


def test_unreadable_query_image_is_refused(indexed: Indexed, tmp_path: Path) -> None:
    corpus, model = indexed
    broken = tmp_path / "broken.png"
    broken.write_bytes(photo(corpus, "case-0000").read_bytes()[:60])
    searcher = Searcher.open(model)
    for path in (broken, tmp_path / "absent.png", tmp_path):
        with pytest.raises(SourceError):
            searcher.predict(None, SearchRequest(image=path))


def test_several_modalities_need_a_name(tmp_path: Path) -> None:
    from lexiscope.tasks.embed import embed_image_file

    views = tiny_views()
    with pytest.raises(UsageError, match="--modality, one of flair, t1, t2"):
        embed_image_file(tiny_joint_space(views), views, tmp_path / "x.png")
    with pytest.raises(UsageError, match="got modality 'ct'"):
        embed_image_file(tiny_joint_space(views), views, tmp_path / "x.png", modality="ct")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_server_answers_as_the_embedded_store(indexed: Indexed) -> None:
    corpus, model = indexed
    embedded = search(model, "a red disc", k=5)[0].value
    fake = FakeQdrant(api_key="secret")
    with serving(fake) as url:
        assert fake.requests == []
        index_corpus(model, corpus, url=url, api_key="secret")
        served = search(model, "a red disc", k=5, url=url, api_key="secret")[0].value
    assert [hit["case"] for hit in served] == [hit["case"] for hit in embedded]
    assert [hit["score"] for hit in served] == pytest.approx([hit["score"] for hit in embedded], abs=1e-4)
    assert not any("secret" in path.read_text() for path in (model.path / "index").glob("*.json"))


@pytest.mark.slow
def test_a_collection_that_others_emptied_is_refused_and_filled_again(indexed: Indexed) -> None:
    corpus, model = indexed
    fake = FakeQdrant()
    with serving(fake) as url:
        cases = index_corpus(model, corpus, url=url).cases
        for kept in (0, 3):
            (collection,) = fake.collections.values()
            collection["points"] = dict(list(collection["points"].items())[:kept])
            with pytest.raises(
                IndexStoreError, match=rf"expected {cases} cases .*, found {kept}; build it again.*--url"
            ):
                search(model, "a red disc", url=url)
            report = index_corpus(model, corpus, url=url)
            assert (report.fresh, report.embedded, report.cases) == (False, 0, cases)
            assert search(model, "a red disc", url=url)[0].value
        assert index_corpus(model, corpus, url=url).fresh


@pytest.mark.slow
def test_killed_build_leaves_the_old_index_and_goes_on(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    corpus.upsert(
        [replace(case, id=f"{case.id}-{n}") for n in range(40) for case in corpus.take(["case-0000", "case-0001"])]
    )
    code = (
        "import sys; from lexiscope.corpus import Corpus; from lexiscope.tasks.search.indexing import index_corpus\n"
        "print('go', flush=True); index_corpus(sys.argv[1], Corpus.open(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(model.path), str(corpus.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout is not None
        build.stdout.readline()
        time.sleep(0.2)
        os.kill(build.pid, signal.SIGKILL)
    assert index_corpus(model, corpus).cases == 91
    found = search(model, "specimen", k=100, legs=["image"])[0].value
    assert len(found) == 91 - 1  # all but the one without an image


@pytest.mark.slow
def test_moved_corpus_is_found_after_indexing_it_again(corpus: Corpus, model: ModelDirectory) -> None:
    index_corpus(model, corpus)
    moved = corpus.path.rename(corpus.path.with_name("moved"))
    with pytest.raises(IndexStoreError, match="is not at"):
        search(model, "disc")
    report = index_corpus(model, moved)
    assert (report.fresh, report.embedded) == (True, 0)
    assert Path(search(model, "disc", k=1)[0].value[0]["path"]).is_relative_to(moved)


def test_corpus_of_other_modalities_is_refused(model: ModelDirectory, tmp_path: Path) -> None:
    brains = make_corpus(tmp_path / "brains", 4, volumes=True)
    with pytest.raises(UsageError, match=r"the model reads photo, but the images of .* are flair"):
        index_corpus(model, brains)


def test_searches_together_are_as_each_alone(indexed: Indexed) -> None:
    _, model = indexed
    requests = [
        SearchRequest(query="specimen 4", k=3),
        SearchRequest(query="a red disc", k=2, where=("attributes.nothing=1",)),
        SearchRequest(query="a red disc", k=2),
        SearchRequest(query="specimen 4", k=3, text_weight=1.0),
    ]
    with Searcher.open(model) as searcher:
        together = searcher.predict_all(requests)
        for request, found in zip(requests, together, strict=True):
            if request.where:
                assert isinstance(found, UsageError)
            else:
                alone = searcher.predict(None, request)
                assert not isinstance(found, Exception)
                assert [hit["case"] for hit in found.value] == [hit["case"] for hit in alone.value]
                assert found.score == pytest.approx(alone.score, abs=2e-6)
