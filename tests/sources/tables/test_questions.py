import json

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus, import_corpus
from lexiscope.sources import Draft, Rejected, detect_source
from lexiscope.sources.tables.questions import QuestionsSource
from lexiscope.testing.drafts import picture, png


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(("one", "two")):
        (tmp_path / f"{name}.png").write_bytes(png(picture(n)).origin.data)
    return tmp_path


def table(folder, rows, name="qa.jsonl"):
    path = folder / name
    if name.endswith(".jsonl"):
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        lines = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
        path.write_text("\n".join("\t".join(line) for line in lines))
    return path


def row(image="one.png", question="Is it cracked?", answer="yes", **more):
    return {"image": image, "question": question, "answer": answer, **more}


def read(path, **options):
    found = list(QuestionsSource(path, **options).drafts())
    return [f for f in found if not isinstance(f, Rejected)], [f for f in found if isinstance(f, Rejected)]


@pytest.mark.parametrize("name", ["qa.jsonl", "qa.tsv"])
def test_scattered_rows_of_an_image_become_its_turns_in_order(folder, name):
    rows = [
        row(answer_type="CLOSED", split="train", organ="HEAD", plane="axial"),
        row("two.png", "What is seen?", "a pore", answer_type="feature", split="test", organ="HEAD", plane="axial"),
        row("./one.png", "Where?", "left", answer_type="OPEN ", split="train", organ="HEAD", plane="coronal"),
    ]
    options = {"kind_column": "answer_type", "split_column": "split", "attribute_columns": ("organ", "plane")}
    (one, two), rejected = read(table(folder, rows, name), **options)
    assert not rejected
    assert (one.id, one.group, one.split, one.attributes) == ("one", "one", "train", {"organ": "HEAD"})
    assert [(t.question, t.answer, t.kind) for t in one.turns] == [
        ("Is it cracked?", "yes", "closed"),
        ("Where?", "left", "open"),
    ]
    assert one.provenance.steps == ("plane differs between the questions and was left out",)
    assert one.provenance.locator == {"file": name, "row": 1}
    assert (two.turns[0].kind, two.split, two.attributes["plane"]) == ("feature", "test", "axial")


def test_without_a_column_of_kinds_yes_and_no_are_closed(folder):
    rows = [row(answer="Yes."), row(answer=False), row(answer="not sure"), row(answer=3)]
    (draft,), _ = read(table(folder, rows))
    assert [(t.answer, t.kind) for t in draft.turns] == [
        ("Yes.", "closed"), ("no", "closed"), ("not sure", "open"), ("3", "open"),
    ]  # fmt: skip


def test_an_unknown_kind_is_open_and_said(folder):
    (draft,), _ = read(table(folder, [row(kind="Counting"), row(kind="yes/no")]), kind_column="kind")
    assert [turn.kind for turn in draft.turns] == ["open", "closed"]
    assert draft.provenance.steps == ("questions of kind 'counting' count as open",)


def test_rows_that_cannot_be_used_are_rejected_one_by_one(folder):
    rows = [
        row(split="train", patient="p"),
        row(answer="", split="train"),
        row(question=None),
        row(split="test", patient="p"),
        row(patient="q"),
        row("", split="train"),
        row("none.png"),
        row("none.png", "Why?"),
        row("../secret.png"),
        row(split=""),
    ]
    (draft,), rejected = read(table(folder, rows), split_column="split", group_column="patient")
    assert (draft.split, draft.group, len(draft.turns)) == ("train", "p", 2)
    reasons = {place.path.rpartition(":")[2]: place.reason for place in rejected}
    assert reasons.keys() == {"2", "3", "4", "5", "6", "7", "9"}
    assert reasons["2"] == "the row has no answer"
    assert reasons["4"] == "split is 'test', another row about the same image says 'train'"
    assert "'q', another row about the same image says 'p'" in reasons["5"]
    assert reasons["6"] == "the row names no image"
    assert "its 2 questions go with it" in reasons["7"]
    assert "leads outside" in reasons["9"]


def test_topics_are_those_of_the_set(folder):
    rows = [row(question_type=["PRES", "POS"]), row(question="Where?", question_type="POS"), row(question="Why?")]
    (draft,), _ = read(table(folder, rows), topic_column="question_type")
    assert [turn.topic for turn in draft.turns] == ["PRES; POS", "POS", None]
    assert [turn.topics for turn in draft.turns] == [("PRES", "POS"), ("POS",), ()]


def test_texts_are_kept_once_and_ids_come_from_their_column(folder):
    rows = [row(report="A crack.", scan="s1"), row(report="A crack.", scan="s1"), row(report="Two.", scan="s1")]
    (draft,), _ = read(table(folder, rows), text_columns=("report",), id_column="scan")
    assert draft.id == "s1"
    assert [(text.kind, text.text) for text in draft.texts] == [("report", "A crack."), ("report", "Two.")]


def test_wrong_use_is_answered_with_the_columns(folder):
    path = table(folder, [row()])
    with pytest.raises(UsageError, match=r"no column 'reply'.*image, question, answer"):
        QuestionsSource(path, answer_column="reply").drafts()
    with pytest.raises(UsageError, match="name the table itself"):
        QuestionsSource(folder).drafts()
    (empty,) = QuestionsSource(table(folder, [])).drafts()
    assert isinstance(empty, Rejected)


def test_a_table_of_questions_is_known_by_its_columns(folder):
    assert detect_source(table(folder, [row()])) == "questions"
    assert detect_source(table(folder, [{"image": "one.png", "caption": "x"}], "pairs.tsv")) == "table"


def test_a_second_build_adds_nothing_and_a_new_question_updates(folder, tmp_path):
    rows = [row(), row("two.png")]
    corpus = tmp_path / "corpus"
    assert build_corpus(corpus, QuestionsSource(table(folder, rows))).added == 2
    again = build_corpus(corpus, QuestionsSource(table(folder, rows)))
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    more = build_corpus(corpus, QuestionsSource(table(folder, [*rows, row("two.png", "Why?", "heat")])))
    assert (more.added, more.updated, more.unchanged) == (0, 1, 1)


def test_turns_travel_through_llava(folder, tmp_path):
    build_corpus(tmp_path / "corpus", QuestionsSource(table(folder, [row(), row(question="Why?", answer="heat")])))
    export_corpus(Corpus.open(tmp_path / "corpus"), tmp_path / "llava", form="llava")
    import_corpus(tmp_path / "back", tmp_path / "llava", form="llava")
    (case,) = Corpus.open(tmp_path / "back")
    assert [(turn.question, turn.answer) for turn in case.turns] == [("Is it cracked?", "yes"), ("Why?", "heat")]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(folder):
    import tracemalloc

    path = folder / "long.jsonl"
    path.write_text("".join(json.dumps(row("one.png" if n < 5 else f"{n}.png")) + "\n" for n in range(10_000)))
    drafts = QuestionsSource(path).drafts()
    tracemalloc.start()
    count = sum(1 for _ in drafts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 9_996
    assert peak < 1 << 20


@pytest.mark.shared
def test_real_questions_about_radiology_images(shared):
    source = QuestionsSource(
        shared / "vqa_rad" / "qa.jsonl", kind_column="answer_type", split_column="split", attribute_columns=("organ",)
    )
    drafts = list(source.drafts())
    assert not any(isinstance(draft, Rejected) for draft in drafts)
    turns = {split: [t for d in drafts if d.split == split for t in d.turns] for split in ("train", "val", "test")}
    assert {split: len(found) for split, found in turns.items()} == {"train": 2017, "val": 251, "test": 610}
    assert [sum(d.split == split for d in drafts) for split in turns] == [179, 22, 53]
    assert {turn.kind for turn in turns["train"]} == {"open", "closed"}


def test_missing_answers_are_named_and_none_is_an_answer(tmp_path):
    (tmp_path / "a.png").write_bytes(png(picture(1)).origin.data)
    rows = [
        "a.png,Which defects?,None",
        "a.png,How many?,nan",
        r".\a.png,What?,N/A",
        "a.png,nan,yes",
        r".\a.png,Metal?,Na",
    ]
    (tmp_path / "a.csv").write_text("image,question,answer\n" + "\n".join(rows) + "\n")
    items = list(QuestionsSource(tmp_path / "a.csv").drafts())
    (draft,) = (item for item in items if isinstance(item, Draft))
    assert [turn.answer for turn in draft.turns] == ["None", "Na"]
    assert draft.provenance.steps == (r"\ in image was read as /",)
    assert [item.reason for item in items if isinstance(item, Rejected)] == [
        "the row has no answer",
        "the row has no answer",
        "the row has no question",
    ]
