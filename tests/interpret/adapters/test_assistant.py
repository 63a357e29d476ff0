"""An assistant as a subject: the task's own probabilities, with image, question or evidence taken away."""

from collections import Counter

import numpy as np
import pytest

from lexiscope.answering.pipeline import AnswerPipeline
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import answer_key
from lexiscope.evaluate.perturbations import blank_questions
from lexiscope.interpret.adapters.assistant import assistant_subjects, open_assistant, right_answer
from lexiscope.interpret.adapters.hidden_parts import without_patches
from lexiscope.interpret.subject import Coalition, HiddenParts
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing.speaking import TEACHING, make_speaking_corpus, tiny_model
from lexiscope.testing.subjects import check_subject
from lexiscope.training.instruct.instruct import instruct


@pytest.fixture(scope="module", params=["late", "hybrid"])
def speaking(request: pytest.FixtureRequest, tmp_path_factory) -> tuple[Corpus, ModelDirectory]:
    folder = tmp_path_factory.mktemp("taught")
    corpus = make_speaking_corpus(folder / "corpus", 20, volumes=True, missing=0.4)
    model = tiny_model(corpus, folder / "model", fusion=request.param)
    instruct(corpus, model.path, config=TEACHING)
    return corpus, model


def _asked(subject, cases):
    return subject._questions(cases.items, Coalition(frozenset(subject.inputs)))


@pytest.mark.slow
def test_an_assistant_keeps_the_contract_of_subjects(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    assert subject.inputs == ("flair", "t1w", "t2w", "text", "evidence")
    assert {one.kind for one in cases.items} == {"closed"}, "questions whose form offers their answers"
    given = [type(subject.answerer).read(model, one.case.id, corpus=corpus) for one in cases.items]
    asked = [subject.answerer.questions(one, ask.question) for one, ask in zip(given, cases.items, strict=True)]
    scored = [next(subject.answerer.pipeline.score_answers(one)) for one in asked]
    pairs = zip(scored, cases.items, strict=True)
    predicted = [right_answer(one, subject.answerer.mixture, ask.answer) for one, ask in pairs]
    removal = "missing" if subject.fusion == "late" else "zeros"  # each takes its while
    check_subject(subject, cases.take([0, 1, 3]), predicted=np.array(predicted)[[0, 1, 3]], removals=(removal,))


@pytest.mark.slow
def test_no_image_is_the_blank_one_of_the_evaluation(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    rest = frozenset({"text", "evidence"})
    pairs = zip(
        subject.answerer.pipeline.score_answers(blank_questions(_asked(subject, cases))), cases.items, strict=True
    )
    blind = [right_answer(one, subject.answerer.mixture, ask.answer) for one, ask in pairs]
    for removal in ("missing", "zeros"):
        (outcome,) = subject.outcomes(cases, [Coalition(rest, removal)])
        assert np.allclose(outcome.score, blind, atol=1e-5), removal


@pytest.mark.slow
def test_donors_bring_image_question_and_evidence(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    whole, own = subject.outcomes(
        cases, [Coalition(frozenset(subject.inputs)), Coalition(frozenset(), "marginal", cases)]
    )
    assert np.allclose(whole.score, own.score, atol=1e-5), "who stands in for itself takes nothing away"
    donors = cases.take(np.roll(np.arange(len(cases)), 1))
    (swapped,) = subject.outcomes(cases, [Coalition(frozenset(), "marginal", donors)])
    assert not np.allclose(swapped.score, whole.score, atol=1e-3)


@pytest.mark.slow
def test_evidence_that_coalitions_share_is_looked_for_once(speaking, monkeypatch) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    donors = cases.take(np.roll(np.arange(len(cases)), 1))
    images = frozenset(subject.inputs) - {"text", "evidence"}
    asked = [Coalition(some, "marginal", donors) for some in (frozenset(), images, frozenset({"text"}))]
    apart = [subject.outcomes(cases, [one])[0].score for one in asked]
    looked = []
    whole = AnswerPipeline.evidence
    monkeypatch.setattr(AnswerPipeline, "evidence", lambda self, one: looked.append(one) or whole(self, one))
    together = [outcome.score for outcome in subject.outcomes(cases, asked)]
    assert len(looked) == 1, "donors' questions and images, kept out of the same groups"
    assert np.allclose(together, apart)


@pytest.mark.slow
def test_nothing_at_all_is_how_often_the_answer_is_right(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    (nothing,) = subject.outcomes(cases, [Coalition(frozenset())])
    counts = Counter(
        answer_key(turn.answer) for case in corpus.cases("train") for turn in case.turns if turn.kind == "closed"
    )
    closed = [row for row, one in enumerate(cases.items) if one.kind == "closed"]
    wanted = [counts[answer_key(cases.items[row].answer)] / counts.total() for row in closed]
    assert np.allclose(nothing.score[closed], wanted)


@pytest.mark.slow
def test_how_sure_it_is_is_said_of_the_answer_that_is_given(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    whole, nothing = subject.outcomes(cases, [Coalition(frozenset(subject.inputs)), Coalition(frozenset())])
    answers = [
        one.best(subject.answerer.mixture) for one in subject.answerer.pipeline.score_answers(_asked(subject, cases))
    ]
    assert np.allclose(whole.confidence, [min(1.0, score) for _, score in answers], atol=1e-5)
    rights = [answer_key(one.answer) for one in cases.items]
    assert whole.correct.tolist() == [
        answer_key(text) == right for (text, _), right in zip(answers, rights, strict=True)
    ]
    usual = subject.usual["closed"].most_common(1)[0]
    assert nothing.correct.tolist() == [usual[0] == right for right in rights]
    assert np.allclose(nothing.confidence, usual[1] / subject.usual["closed"].total())


@pytest.mark.slow
def test_evidence_is_what_is_retrieved(speaking, monkeypatch) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    (without,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs) - {"evidence"})])
    pairs = zip(
        subject.answerer.pipeline.score_answers(_asked(subject, cases), retrieve=False), cases.items, strict=True
    )
    plain = [right_answer(one, subject.answerer.mixture, ask.answer) for one, ask in pairs]
    assert np.allclose(without.score, plain, atol=1e-5)
    monkeypatch.setattr(AnswerPipeline, "evidence", None)
    subject.outcomes(cases.take([0]), [Coalition(frozenset({"text"}))])  # nothing is looked for


@pytest.mark.slow
def test_a_report_asks_some_questions_the_same_ones_each_time(speaking, monkeypatch, tmp_path) -> None:
    corpus, model = speaking
    monkeypatch.setattr("lexiscope.interpret.adapters.assistant._QUESTIONS", 3)
    ((_, cases),), ((_, again),) = (assistant_subjects(model, corpus, "test", seed=1) for _ in range(2))
    assert cases.ids == again.ids
    assert len(cases) == 3
    ((_, more),) = assistant_subjects(model, corpus, "test", seed=1, limit=4)
    assert len(more) == 4, "who says how many is given as many"
    everything = len(open_assistant(model, corpus, "test")[1])
    assert cases.drawn == f"3 of {everything} questions whose form offers their answers were drawn (seed 1)"
    drawn = {one.rpartition(" question ")[0] for one in cases.ids}
    (other, *_) = (one.case.id for one in open_assistant(model, corpus, "test")[1].items if one.case.id not in drawn)
    ((_, about),) = assistant_subjects(model, corpus, "test", seed=1, only=[other])
    assert {one.case.id for one in about.items} == {other}, "also those that no draw holds"
    with pytest.raises(EvaluationError, match="expected questions about nobody in split 'test'"):
        assistant_subjects(model, corpus, "test", only=["nobody"])
    assert assistant_subjects(ModelDirectory(tmp_path), corpus, "test") == []


@pytest.mark.slow
def test_words_of_the_question_and_patches_of_the_image_can_be_hidden(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    one = cases.take([0])
    (whole,) = subject.outcomes(one, [Coalition(frozenset(subject.inputs))])
    words, everything = len(subject.words(one)), frozenset(range(16))
    hidden = [HiddenParts(), HiddenParts(frozenset(range(words)))]
    shown, mute = subject.without_parts(one, hidden)
    assert shown == pytest.approx(whole.score[0], abs=1e-5)
    (unasked,) = subject.outcomes(one, [Coalition(frozenset(subject.inputs) - {"text"})])
    assert mute == pytest.approx(unasked.score[0], abs=1e-5)
    seen, vectors = subject.sees.without_patches(one.items[0].case, [frozenset(), everything], subject.patch_grid)
    assert any((read.places[0] != read.places[1]).any() for read in seen.tokens.values())
    readouts = subject.sees.readouts
    batch = without_patches(readouts.images([one.items[0].case]), [(), everything], subject.patch_grid)
    assert np.allclose(vectors, readouts.embedded(readouts.read(batch)), atol=1e-6), "those of the joint space alone"
    assert not np.allclose(vectors[0], vectors[1], atol=1e-3)


@pytest.mark.slow
def test_images_without_patches_are_read_once_for_tokens_and_embeddings(speaking) -> None:
    corpus, model = speaking
    subject, cases = open_assistant(model, corpus, "test")
    one, encoder = cases.take([0]), subject.sees.encoder
    present = [name for name in encoder.modalities if one.present[name][0]]
    passes = []
    handles = [
        tower.register_forward_hook(lambda *_: passes.append(1)) for tower in {*map(encoder.tower, encoder.modalities)}
    ]
    subject.without_parts(one, [HiddenParts()])
    for handle in handles:
        handle.remove()
    assert len(passes) == len(present)
