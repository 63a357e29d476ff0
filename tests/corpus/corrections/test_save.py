"""What is corrected is what the corpus says from then on, and nothing of before is lost."""

from pathlib import Path
from typing import Any

import pytest

from lexiscope.core.errors import CorpusError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.answer import CorrectedAnswer
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.correction import CorrectedPrediction, Value
from lexiscope.corpus.corrections.ledger import Ledger
from lexiscope.corpus.corrections.save import save_correction

CASE = "case-0000"
VALUES: list[Value] = [
    CorrectedCaption("A violet disc."),
    CorrectedAnswer("Is it violet?", "Yes"),
    CorrectedAttribute("colour", "violet"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.kind)
def test_a_correction_changes_the_version_and_is_a_step_of_the_case(corpus: Corpus, value: Value) -> None:
    version = corpus.version
    saved = save_correction(corpus, CASE, value)
    assert saved.applied
    assert corpus.version == version, "an open corpus changed under its reader"
    corpus.refresh()
    assert corpus.version != version
    day = saved.correction.time[:10]
    assert corpus[CASE].provenance.steps[-1] == f"{value.subject} corrected by a human on {day} (correction 1)"


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.kind)
def test_a_corpus_that_is_built_again_has_its_corrections(corpus: Corpus, make, value: Value) -> None:
    save_correction(corpus, CASE, value)
    corpus.refresh()
    before, version = corpus[CASE], corpus.version
    assert make()[CASE] == before
    assert Corpus.open(corpus.path).version == version


def test_a_corpus_of_another_place_takes_corrections_with_their_folder(corpus: Corpus, tmp_path: Path) -> None:
    from shutil import copytree

    from lexiscope.testing import make_corpus

    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    copytree(corpus.path / "corrections", tmp_path / "elsewhere" / "corrections")
    elsewhere = make_corpus(tmp_path / "elsewhere", 4, masks=True)
    corpus.refresh()
    assert elsewhere.version == corpus.version


def test_the_newest_counts_and_the_older_stays(corpus: Corpus) -> None:
    for colour in ("violet", "ochre"):
        save_correction(corpus, CASE, CorrectedAttribute("colour", colour))
    old = corpus[CASE].attributes["colour"]
    corpus.refresh()
    assert corpus[CASE].attributes["colour"] == "ochre"
    first, second = corpus.ledger.corrections(CASE)
    assert (first.before, second.before) == (old, "violet")
    assert corpus.ledger.corrections("case-0001") == []


def test_what_is_saved_says_who_when_and_what_it_corrects(corpus: Corpus) -> None:
    said = CorrectedPrediction.of({"task": "classify", "case": CASE, "value": {"label": "red"}}, model="12ab")
    value = CorrectedAttribute("colour", "violet")
    saved = save_correction(corpus, CASE, value, by="Dr. A. Reader", corrects=said, note="under daylight").correction
    (read,) = Ledger(corpus.path).corrections()
    assert read == saved
    assert read.to_dict() | {"before": None, "time": None} == {
        "number": 1,
        "case": CASE,
        "kind": "attribute",
        "value": {"name": "colour", "value": "violet"},
        "before": None,
        "time": None,
        "by": "Dr. A. Reader",
        "corrects": {"task": "classify", "model": "12ab", "said": {"label": "red"}},
        "note": "under daylight",
        "author": "human",
    }


def nested(levels: int) -> Any:
    value: Any = None
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [{"runs": list(range(30_000))}, nested(100)], ids=["large", "deep"])
def test_of_a_large_or_deep_prediction_the_hash_is_kept(corpus: Corpus, value: Any) -> None:
    said = CorrectedPrediction.of({"task": "segment", "value": value}, model="12ab")
    assert set(said.said) == {"sha256"}
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"), corrects=said)
    assert Ledger(corpus.path).corrections()[0].corrects == said


def test_a_prediction_that_no_json_can_hold_is_refused() -> None:
    with pytest.raises(UsageError, match="expected the value of a prediction as plain JSON"):
        CorrectedPrediction.of({"task": "segment", "value": nested(100_000)}, model="12ab")


def test_a_number_that_json_cannot_hold_is_left_out_of_what_was_said(corpus: Corpus) -> None:
    said = CorrectedPrediction.of({"task": "classify", "value": {"red": float("nan")}}, model="12ab")
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"), corrects=said)
    assert Ledger(corpus.path).corrections()[0].corrects == CorrectedPrediction("classify", "12ab", {"red": None})


def test_a_prediction_without_a_task_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected a prediction with its task, got \['label'\]; give it"):
        CorrectedPrediction.of({"label": "red"}, model="12ab")


def test_a_correction_of_no_case_is_refused_and_not_kept(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="has no case 'nobody'"):
        save_correction(corpus, "nobody", CorrectedAttribute("colour", "violet"))
    assert corpus.ledger.corrections() == []


def test_while_another_process_writes_a_correction_waits_and_is_applied_when_it_ends(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexiscope.corpus.corrections.save._WAIT", 0.05)
    with corpus.writing():
        saved = save_correction(corpus.path, CASE, CorrectedAttribute("colour", "violet"))
        assert not saved.applied
        assert Corpus.open(corpus.path)[CASE].attributes["colour"] != "violet"
    assert Corpus.open(corpus.path)[CASE].attributes["colour"] == "violet"


def test_a_case_that_was_read_before_its_correction_is_written_as_corrected(corpus: Corpus) -> None:
    read_before = corpus[CASE]
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    corpus.upsert([read_before])
    assert corpus[CASE].attributes["colour"] == "violet"


def test_opening_finishes_what_a_killed_process_left(corpus: Corpus) -> None:
    with corpus.ledger.adding() as number:
        saved = save_to_the_disk_only(corpus, number)
    assert corpus[CASE].attributes["colour"] != "violet"
    opened = Corpus.open(corpus.path)
    assert opened[CASE].attributes["colour"] == "violet"
    assert saved.step in opened[CASE].provenance.steps
    revision = opened.revision
    assert Corpus.open(corpus.path).revision == revision, "the same correction was written twice"


def test_rows_that_come_back_from_a_copy_get_their_corrections_again(corpus: Corpus, tmp_path: Path) -> None:
    from shutil import copytree, rmtree

    rows = corpus.path / "cases.lance"
    copytree(rows, tmp_path / "copy")
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    rmtree(rows)
    copytree(tmp_path / "copy", rows)
    assert Corpus.open(corpus.path)[CASE].attributes["colour"] == "violet"


def test_a_corpus_that_cannot_be_written_is_read_with_its_corrections_waiting(
    corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    with corpus.writing(), corpus.ledger.adding() as number:
        save_to_the_disk_only(corpus, number)
        assert Corpus.open(corpus.path)[CASE].attributes["colour"] != "violet"
    assert "are not applied yet" in caplog.text


def test_a_damaged_correction_is_named(corpus: Corpus) -> None:
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    path = corpus.path / "corrections" / "000001.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(CorpusError, match=r"000001\.json must be a correction .* got a damaged or newer one .* update"):
        Ledger(corpus.path).corrections()


def test_a_lost_note_of_what_was_applied_changes_nothing(corpus: Corpus) -> None:
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    corpus.refresh()
    version = corpus.version
    (corpus.path / "corrections" / "applied.json").unlink()
    assert Corpus.open(corpus.path).version == version


def test_corrections_are_not_written_through_a_link(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (corpus.path / "corrections").symlink_to(tmp_path / "outside")
    with pytest.raises(Exception, match="nothing is written or removed through links"):
        save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    assert list((tmp_path / "outside").iterdir()) == []


def save_to_the_disk_only(corpus: Corpus, number: int):
    """What a process leaves that is killed between the file and the rows."""
    from lexiscope.corpus.corrections.correction import Correction

    correction = Correction(number, CASE, CorrectedAttribute("colour", "violet"), None, "2026-11-28T16:00:00+00:00")
    corpus.ledger.add(correction)
    return correction


def test_those_who_save_at_once_wait_for_each_other(corpus: Corpus) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def save(place: int) -> bool:
        value = CorrectedAttribute(f"seen {place}", place)
        return save_correction(corpus.path, f"case-000{place % 4}", value).applied

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(save, range(8)))
    corpus.refresh()
    assert [one.number for one in corpus.ledger.corrections()] == list(range(1, 9))
    seen = {name: value for case in corpus for name, value in case.attributes.items() if name.startswith("seen")}
    assert seen == {f"seen {place}": place for place in range(8)}
