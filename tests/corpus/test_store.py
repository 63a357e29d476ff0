"""What a corpus promises: cases come back equal, the version says what it holds, and damage is named."""

import json
import random
from dataclasses import replace
from pathlib import Path

import lance
import pyarrow as pa
import pytest

from lexiscope.core import Case, Image, Passage, Provenance, Span, Turn
from lexiscope.core.errors import CorpusError, LexiscopeError
from lexiscope.corpus import Corpus
from lexiscope.corpus.rows import SCHEMA
from lexiscope.corpus.store import Upserted
from lexiscope.testing import make_corpus


def make_case(name: str, **fields: object) -> Case:
    content = f"{abs(hash(name)) % 10**12:064d}"
    full = {
        "images": {
            "t1w": Image(content, "t1w", "nifti", (4, 8, 9), bits=16, spacing=(3.0, 1.0, 0.5), unit="mm"),
            "sem": Image(content, "sem", "png", (8, 9), channels=3),
        },
        "masks": {"lesion": Image(content, "lesion", "nifti", (4, 8, 9))},
        "texts": (Passage("report", "A grain's edge — α.", "gpt", "findings", ("site",)), Passage("caption", "x")),
        "turns": (Turn("Is it there?", "yes", "closed", "complex", evidence=(Span(0, 2, 7),), topic="PRES"),),
        "attributes": {"age": 61, "ratio": 0.5, "male": True, "site": "x"},
        "split": "heldout",
    }
    provenance = Provenance("by hand", "CC BY 4.0", {"row": 3, "page": "iv"}, ("cropped",))
    return Case(name, f"group of {name[0]}", provenance, **{**full, **fields})  # type: ignore[arg-type]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.create(tmp_path / "corpus")


def test_case_comes_back_equal(corpus: Corpus) -> None:
    odd = 'it\'s `a` "case" \\ ü'
    cases = [make_case(odd), make_case("bare", images={}, masks={}, texts=(), turns=(), attributes={}, split=None)]
    corpus.upsert(cases)
    assert list(Corpus.open(corpus.path)) == cases
    assert corpus[odd] == cases[0]
    assert {type(value) for value in corpus[odd].attributes.values()} == {int, float, bool, str}
    assert odd in corpus
    assert "other" not in corpus


def test_same_case_is_not_written_again(corpus: Corpus) -> None:
    assert corpus.upsert([make_case("a"), make_case("b")]) == Upserted(2, 0, 0)
    files = sorted(corpus.path.rglob("*.lance"))
    assert corpus.upsert([make_case("b"), make_case("a")]) == Upserted(0, 0, 2)
    assert sorted(corpus.path.rglob("*.lance")) == files
    assert corpus.upsert([make_case("a", split="test")]) == Upserted(0, 1, 0)
    assert [case.id for case in corpus] == ["b", "a"]
    assert corpus["a"].split == "test"


def test_version_is_of_the_content_alone(tmp_path: Path) -> None:
    cases = [make_case(f"case {n}") for n in range(30)]
    one, two = Corpus.create(tmp_path / "one"), Corpus.create(tmp_path / "two")
    one.upsert(cases)
    random.Random(0).shuffle(cases)
    for case in cases:
        two.upsert([case])
    assert one.version == two.version
    assert len(one.version) >= 12
    before = two.version
    two.tidy()
    assert two.version == before == Corpus.open(two.path).version
    two.upsert([make_case("case 3", attributes={"age": 62})])
    assert two.version != before
    two.upsert([make_case("case 3")])
    assert two.version == before


def test_order_of_modalities_and_place_of_files_are_not_content(tmp_path: Path) -> None:
    case = make_case("a")
    turned = make_case("a", images=dict(reversed(case.images.items())))
    image = case.images["sem"]
    linked = make_case("a", images={**case.images, "sem": Image(image.content, "sem", "png", (8, 9), 3, path="/x.png")})
    versions = set()
    for place, variant in enumerate([case, turned, linked]):
        corpus = Corpus.create(tmp_path / str(place))
        corpus.upsert([variant])
        versions.add(corpus.version)
    assert len(versions) == 1


def test_random_access(corpus: Corpus) -> None:
    corpus.upsert([make_case(f"c{n:03d}", split="train" if n % 3 else "test") for n in range(600)])
    assert [case.id for case in corpus.take(["c500", "c003", "c500"])] == ["c500", "c003", "c500"]
    assert [case.id for case in corpus.at([599, 0])] == ["c599", "c000"]
    assert (corpus.count(), corpus.count("test"), corpus.count("none")) == (600, 200, 0)
    assert len(corpus) == 600
    assert next(case.id for case in corpus.cases("test", where=lambda case: case.id > "c59")) == "c591"
    with pytest.raises(CorpusError, match="no case 'gone'"):
        corpus["gone"]
    with pytest.raises(CorpusError, match=r"0\.\.599"):
        corpus.at([600])


def test_refuses_what_is_no_corpus(tmp_path: Path, corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="corpus build"):
        Corpus.open(tmp_path / "nothing")
    with pytest.raises(CorpusError, match="corpus already"):
        Corpus.create(corpus.path)
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.tex").touch()
    with pytest.raises(CorpusError, match=r"thesis\.tex"):
        Corpus.create(tmp_path / "papers")
    (corpus.path / "corpus.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(CorpusError, match="format 99"):
        Corpus.open(corpus.path)
    (corpus.path / "corpus.json").write_text("{")
    with pytest.raises(CorpusError, match="damaged"):
        Corpus.open(corpus.path)


def test_create_goes_on_after_a_kill(tmp_path: Path) -> None:
    corpus = Corpus.create(tmp_path / "corpus")
    (corpus.path / "corpus.json").unlink()  # as if killed before the last step
    assert len(Corpus.create(tmp_path / "corpus")) == 0


def test_create_clears_what_a_kill_left_half_written(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / ".corpus.json.0.part").write_text("{")
    assert len(Corpus.create(folder)) == 0
    assert not list(folder.glob(".corpus.json.*"))


def test_one_writer_at_a_time(corpus: Corpus) -> None:
    other = Corpus.open(corpus.path)
    with corpus.writing():
        corpus.upsert([make_case("a")])
        with pytest.raises(LexiscopeError, match="another process"):
            other.upsert([make_case("b")])
    assert other.upsert([make_case("a"), make_case("b")]) == Upserted(1, 0, 1)


def test_doubled_ids_are_refused(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="unique"):
        corpus.upsert([make_case("a"), make_case("a")])
    assert len(corpus) == 0


def test_a_corpus_without_topics_is_read_as_it_was(corpus, tmp_path):
    corpus.upsert([make_case("plain", turns=(Turn("Is it there?", "yes"),))])
    (row,) = corpus.rows()
    assert row["turns"][0].pop("topic") is None
    turns = pa.array([row["turns"]])
    table = pa.Table.from_pylist(
        [row], schema=SCHEMA.set(SCHEMA.get_field_index("turns"), pa.field("turns", turns.type))
    )
    lance.write_dataset(table, str(corpus.path / "cases.lance"), mode="overwrite")
    before = Corpus.open(corpus.path)
    assert next(iter(before)).turns == (Turn("Is it there?", "yes"),)
    other = Corpus.create(tmp_path / "other")
    other.upsert(list(before))
    assert other.version == before.version  # a turn without a topic says what it said before there were topics


def test_a_corpus_without_stated_attributes_is_read_and_added_to(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 2)
    rows = list(corpus.rows())
    newer = ("states", "modalities")
    older = [[{k: v for k, v in text.items() if k not in newer} for text in row["texts"]] for row in rows]
    place = SCHEMA.get_field_index("texts")
    schema = SCHEMA.set(place, pa.field("texts", pa.array(older).type))
    table = pa.Table.from_pylist([{**row, "texts": texts} for row, texts in zip(rows, older, strict=True)], schema)
    lance.write_dataset(table, str(corpus.path / "cases.lance"), mode="overwrite")
    before = Corpus.open(corpus.path)
    assert all(text.states == () for case in before for text in case.texts)
    version = before.version
    assert before.upsert(list(before)) == Upserted(0, 0, 2)
    assert before.version == version
    said = Passage("instruction", "Segment the pore.", column="pore", modalities=("sem",))
    first = next(iter(before))
    before.upsert([replace(first, texts=(*first.texts, said))])
    assert Corpus.open(corpus.path)[first.id].texts[-1] == said
    assert len(before) == 2


@pytest.mark.parametrize("how", ["noise", "half", "empty"])
def test_damaged_rows_are_an_error_of_ours_or_do_no_harm(how: str, tmp_path: Path) -> None:
    """Whatever file of the dataset is damaged, nothing of Lance's own is raised, a panic neither."""
    corpus = make_corpus(tmp_path / "corpus", 4)
    corpus.tidy()
    rng = random.Random(0)
    for file in sorted((corpus.path / "cases.lance").rglob("*")):
        if not file.is_file():
            continue
        data = file.read_bytes()
        noise = rng.randbytes(min(len(data), 4096))
        file.write_bytes({"noise": noise + data[len(noise) :], "half": data[: len(data) // 2], "empty": b""}[how])
        try:
            damaged = Corpus.open(corpus.path)
            assert damaged.version
            assert len(list(damaged)) == 4
            assert damaged["case-0000"].id == "case-0000"
        except CorpusError as error:
            assert "cannot be read" in str(error) or "has no case" in str(error)  # noqa: PT017
        finally:
            file.write_bytes(data)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 2)
    (tmp_path / "elsewhere").mkdir()
    for name in ("objects", "rejected.jsonl", "completions.jsonl", "cases.lance"):
        place = corpus.path / name
        if place.exists():
            place.rename(tmp_path / "elsewhere" / name)
        place.symlink_to(tmp_path / "elsewhere" / name)
        with pytest.raises(LexiscopeError, match="nothing is written or removed through links"):
            corpus.upsert([Case("new", "g", Provenance("by hand"))])
        place.unlink()
        if (tmp_path / "elsewhere" / name).exists():
            (tmp_path / "elsewhere" / name).rename(place)
    assert corpus.upsert([Case("new", "g", Provenance("by hand"))]).added == 1
