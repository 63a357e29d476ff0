"""Questions written into a corpus: right, supported, balanced, replaced and never lost."""

import json
from collections import Counter
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from lexiscope.cli import write
from lexiscope.core.errors import UsageError
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span, Turn
from lexiscope.corpus import Corpus
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.captions.write import write_captions
from lexiscope.language.conversations.by_rules import RuleGenerator
from lexiscope.language.conversations.rejected_turns import read_rejected_turns
from lexiscope.language.conversations.write import write_conversations
from lexiscope.testing import make_corpus

_CAPTIONS = (
    "SEM image of a glass film with cracks.",
    "SEM image of a glass film without cracks.",
    "Light micrograph of a polished glass plate; no cracks are seen.",
    "Light micrograph of a steel plate with many cracks.",
)


def _told(corpus: Corpus, place: int) -> dict[str, str]:
    return {turn.question: turn.answer for turn in corpus[f"figure-{place}"].turns}


def test_defects_are_asked_about_where_the_text_says_yes_or_no(figures):
    corpus = figures(*_CAPTIONS, "SEM image of a fibre.")
    write_conversations(corpus)
    answers = {
        case.id: turn.answer
        for case in corpus
        for turn in case.turns
        if turn.kind == "defect" and "crack" in turn.question
    }
    # The fibre's caption does not speak of cracks, so nobody knows.
    assert answers == {"figure-0": "Yes", "figure-1": "No", "figure-2": "No", "figure-3": "Yes"}


def test_any_defect_is_a_defect_and_a_text_may_deny_them_all(figures):
    corpus = figures("SEM image of glass with bubbles.", "SEM image of defect-free glass.")
    write_conversations(corpus)
    told = [{q: a for q, a in _told(corpus, place).items() if "defects" in q.split("?")[0]} for place in (0, 1)]
    assert sorted(told[0].values()) == ["Bubbles.", "Yes"]
    assert list(told[1].values()) == ["No"]


def test_every_answer_has_the_words_that_support_it(figures):
    corpus = figures(*_CAPTIONS)
    report = write_conversations(corpus)
    assert report.without_text == 0
    for case in corpus:
        assert case.turns
        for turn in case.turns:
            words = " ".join(case.texts[span.passage].text[span.start : span.end] for span in turn.evidence)
            assert words, turn
            if turn.kind == "defect":
                assert "crack" in words


def test_kinds_are_denied_only_by_another_kind(figures):
    corpus = figures(*_CAPTIONS)
    write_conversations(corpus)
    for place, own, other in ((0, "scanning electron", "light"), (2, "light", "scanning electron")):
        said = _told(corpus, place)
        assert any(own in question and answer == "Yes" for question, answer in said.items())
        assert any(other in question and answer == "No" for question, answer in said.items())


def test_yes_and_no_are_balanced_for_each_thing_asked(figures):
    corpus = figures(*_CAPTIONS, *(f"SEM image of sample {n} with cracks." for n in range(4)))
    report = write_conversations(corpus)
    answers = Counter(
        turn.answer for case in corpus for turn in case.turns if turn.kind == "defect" and turn.answer in ("Yes", "No")
    )
    assert answers["Yes"] == answers["No"] == 2
    assert report.rejected["unbalanced"] >= 4


def test_attributes_are_denied_by_values_that_others_have(figures):
    corpus = figures(
        ("MRI with a lesion on the left.", [], {"side": "left", "age": 61}),
        ("MRI with a lesion on the right.", [], {"side": "right", "age": 60}),
        ("MRI of the brain.", [], {"side": "both", "age": 59}),
    )
    report = write_conversations(corpus)
    said = _told(corpus, 0)
    assert "Left" in said.values()
    assert any("left" in question and answer == "Yes" for question, answer in said.items())
    assert any("right" in question and answer == "No" for question, answer in said.items())
    assert not any("old" in question or " age" in question for question in said)
    # "both" holds left and right: neither is denied; and no text of that case says it.
    third = corpus["figure-2"].turns
    assert [turn.answer for turn in third if "side" in turn.question] == ["Both sides"]
    assert report.without_text == sum(not turn.evidence for turn in third) == 1


def test_evidence_of_an_attribute_is_the_sentence_that_states_it(figures):
    facts = [("Axial MRI. The lesion is on the left side.", [], {"side": "left"}), ("MRI.", [], {"side": "right"})]
    corpus = figures(*facts)
    write_conversations(corpus)
    turn = next(turn for turn in corpus["figure-0"].turns if turn.answer == "Left")
    assert turn.evidence == (Span(0, 11, 42),)


def test_written_captions_count_as_texts_that_state_attributes(figures):
    corpus = figures(("", [], {"side": "left"}), ("", [], {"side": "right"}))
    assert write_conversations(corpus).without_text > 0
    write_captions(corpus)
    assert write_conversations(corpus).without_text == 0


def test_mentions_answer_complex_questions(figures):
    mention = "As shown in Fig. 1, the pores are round, indicating trapped gas. Figure 2 shows that all is well."
    corpus = figures(("SEM image of glass.", [mention], {}))
    write_conversations(corpus)
    turn = next(turn for turn in corpus["figure-0"].turns if turn.level == "complex" and "gas" in turn.answer)
    assert turn.answer == "The pores are round, indicating trapped gas."
    assert turn.evidence[0].passage == 1


@pytest.mark.parametrize(
    ("level", "kinds"), [("none", set()), ("caption", {"caption"}), ("full", {"caption", "mention"})]
)
def test_a_level_reads_no_more_than_it_may(figures, level, kinds):
    mention = "Figure 1 shows that the pores are round."
    corpus = figures(("SEM image of glass.", [mention], {"shape": "disc"}), ("Photo.", [], {"shape": "ring"}))
    write_conversations(corpus, generator=RuleGenerator(corpus, level=level))
    case = corpus["figure-0"]
    assert {case.texts[span.passage].kind for turn in case.turns for span in turn.evidence} == kinds
    assert case.turns


def test_the_same_again_changes_nothing_and_other_turns_stay(figures):
    corpus = figures(*_CAPTIONS)
    mine = Turn("Who made this?", "A friend.")
    case = corpus["figure-0"]
    corpus.upsert([replace(case, turns=(mine,))])
    first = write_conversations(corpus)
    again = write_conversations(corpus)
    assert (first.updated, again.updated) == (4, 0)
    assert first.corpus == again.corpus
    assert corpus["figure-0"].turns[0] == mine
    assert all(turn.author == AUTHOR for turn in corpus["figure-0"].turns[1:])


def test_a_run_that_died_goes_on(figures):
    whole, cut = figures(*_CAPTIONS, name="whole"), figures(*_CAPTIONS, name="cut")
    write_conversations(whole)

    def stop(done: int, total: int | None, what: str) -> None:
        if what == "cases written about" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_conversations(cut, commit_every=1, progress=stop)
    report = write_conversations(Corpus.open(cut.path), commit_every=1)
    assert report.updated == 2
    assert report.corpus == whole.version


def test_what_is_refused_is_listed(figures):
    corpus = figures(
        *(["SEM image of glass with cracks."] * 1), "SEM image of steel with cracks.", "SEM image of tin with cracks."
    )
    report = write_conversations(corpus)
    listed = list(read_rejected_turns(corpus.path))
    assert Counter(turn.reason for turn in listed) == report.rejected
    assert any(turn.detail == "3 of 3 answers are 'yes'" and turn.case == "figure-0" for turn in listed)
    write_conversations(corpus)
    assert list(read_rejected_turns(corpus.path)) == listed


def test_masks_say_what_is_there(figures, png):
    corpus = figures("MRI of the brain.", name="marked", masks={"oedema": png(1)})
    known = RuleGenerator(corpus)
    turns = [p.turn for p in next(iter(known.candidates([corpus["figure-0"]]))) if "oedema" in p.turn.question]
    assert [(turn.answer, turn.evidence) for turn in turns] == [("Yes", ())]


def test_nothing_to_ask_about_is_refused(figures):
    with pytest.raises(UsageError, match="with images and texts or attributes to ask about, found none"):
        write_conversations(figures(""))


def test_captions_written_later_leave_evidence_where_it_was(figures):
    corpus = figures(("", [], {"side": "left"}), ("", [], {"side": "right"}))
    write_captions(corpus)
    case = corpus["figure-0"]
    human = Passage("caption", "By hand.")
    turn = Turn("Who?", "By hand.", evidence=(Span(len(case.texts), 0, 8), Span(0, 0, 3)))
    corpus.upsert([replace(case, texts=(*case.texts, human), turns=(turn,))])
    write_captions(corpus)
    assert corpus["figure-0"].turns[0].evidence == turn.evidence  # the same sentences are not written again
    corpus.upsert([replace(corpus["figure-0"], attributes={"side": "behind"})])
    write_captions(corpus)
    case = corpus["figure-0"]
    (span,) = case.turns[0].evidence
    assert case.texts[span.passage] == human


def test_the_verb_prints_one_document(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 6)
    app = typer.Typer()
    app.add_typer(write.app, name="write")
    done = CliRunner().invoke(app, ["write", "conversations", str(corpus.path), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["author"] == AUTHOR
    assert report["turns"] == sum(len(case.turns) for case in Corpus.open(corpus.path))
