"""The last weights, by hand: evidence counts where it helps, and nothing is answered that is more often wrong."""

from dataclasses import replace

import numpy as np
import pytest

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.models.assistant.mixture import Mixture, Vote, Weights
from lexiscope.training.instruct.fit_mixture import fit_mixture


def scored(lm_scores: dict[str, float], *votes: Vote) -> ScoredCandidates:
    return ScoredCandidates(
        lm_scores, (), votes, {name: name.upper() for name in [*lm_scores, *(v.answer for v in votes)]}
    )


def same(answer: str, truth: str) -> bool:
    return answer.casefold() == truth


def test_where_nothing_is_held_out_language_model_and_classifier_share() -> None:
    half = Weights(classifier=0.5)
    assert fit_mixture([], [], right=same) == Mixture(half, half)
    (only_free,) = {fit_mixture([scored({"a": 1.0})], ["a"], right=same)}
    assert only_free == Mixture(half, Weights(threshold=1.0))


def test_evidence_counts_as_far_as_it_is_right() -> None:
    good, bad = Vote("yes", 4.0), Vote("no", -4.0)
    lm_scores = {"yes": 0.1, "no": 0.8}
    asked = [replace(scored(lm_scores, good, bad), closed=True)] * 3
    found = fit_mixture(asked, ["yes"] * 3, right=same).closed
    assert (found.evidence, found.classifier, found.temperature) == (0.9, 0.0, 0.25)
    assert fit_mixture(asked, ["no"] * 3, right=same).closed.evidence == 0.0


def test_free_answers_are_scored_by_the_words_they_share_with_the_truth() -> None:
    """Nobody was ever given the true answer word by word; the language model comes nearest."""
    one = replace(scored({"two long cracks": 0.3, "pores": 0.0}), classifier_scores={"pores": 0.6})
    assert fit_mixture([one] * 3, ["long cracks"] * 3, right=same).open.classifier <= 0.3
    assert fit_mixture([one] * 3, ["many pores"] * 3, right=same).open.classifier >= 0.4


def test_each_form_of_question_has_weights_of_its_own() -> None:
    lm_scores, classifier_scores = {"yes": 0.9, "no": 0.1}, {"yes": 0.1, "no": 0.9}
    one = replace(scored(lm_scores), classifier_scores=classifier_scores)
    found = fit_mixture([one, replace(one, closed=True)], ["yes", "no"], right=same)
    assert (found.open.classifier, found.closed.classifier) == (0.0, 0.9)
    assert one.best(found) == ("YES", pytest.approx(0.9))
    assert replace(one, closed=True).best(found)[0] == "NO"


def test_questions_with_a_context_have_weights_of_their_own() -> None:
    """Told, the sentence holds the answer; untold, the language model knows it."""
    untold = scored({"two cracks": 0.9, "pores": 0.1})
    told = replace(untold, read_scores={"pores": 0.8}, informed=True, texts={"pores": "Pores.", "two cracks": ""})
    found = fit_mixture([untold, told], ["two cracks", "pores"], right=same)
    assert found.open.reading == 0
    assert found.open_informed.reading > 0.1
    assert told.best(found)[0] == "Pores."
    assert untold.best(found)[0] == "TWO CRACKS"
    assert fit_mixture([untold], ["two cracks"], right=same).open_informed is None


@pytest.mark.parametrize(
    ("scores", "right", "threshold"),
    [
        ([0.9, 0.5, 0.3], [1, 1, 0], 0.5),  # +1, +2, +1
        ([0.9, 0.5, 0.3, 0.2], [1, 0, 1, 1], 0.2),  # +1, 0, +1, +2
        ([0.9, 0.5, 0.5, 0.5], [1, 1, 0, 0], 0.9),  # +1, then all three together: 0
        ([0.4], [1], 0.4),
    ],
)
def test_the_threshold_gives_most_right_less_wrong_answers(scores, right, threshold) -> None:
    held_out = [scored({"a": score}) for score in scores]
    found = fit_mixture(held_out, ["a" if hit else "b" for hit in right], right=same).open
    assert found.threshold == pytest.approx(threshold)
    assert found.gives(threshold)
    assert not found.gives(np.nextafter(threshold, 0))


def test_where_no_threshold_gains_nothing_held_out_is_answered() -> None:
    found = fit_mixture([scored({"a": 1.0}), scored({"a": 0.7})], ["b", "b"], right=same)
    assert not found.open.gives(1.0)
    assert found.closed.gives(0.1)  # of that form nothing is known


def test_each_form_of_question_has_a_threshold_of_its_own() -> None:
    """A free answer can be worded in many ways, so the right one is less likely than a wrong yes."""
    free, sure, unsure = scored({"a": 0.1}), scored({"yes": 0.9}), scored({"yes": 0.6})
    asked = [free, *(replace(one, closed=True) for one in (sure, unsure))]
    found = fit_mixture(asked, ["a", "yes", "no"], right=same)
    assert (found.open.threshold, found.closed.threshold) == (pytest.approx(0.1), pytest.approx(0.9))


def test_an_empty_answer_is_never_the_best() -> None:
    empty = ScoredCandidates({"": 0.9, "left": 0.05}, texts={"": "", "left": "Left"})
    assert empty.best(Mixture()) == ("Left", 0.05)
    nothing = ScoredCandidates({"": 0.9}, texts={"": ""})
    assert nothing.best(Mixture()) == ("", 0.0)


def test_evidence_and_classifier_share_by_out_of_fold_predictions_of_many_questions() -> None:
    """Held out is one question, which flatters the evidence; of the training questions the classifier knows more."""
    one = replace(
        scored({"yes": 0.0, "no": 0.0}, Vote("yes", 0.0)), classifier_scores={"yes": 0.1, "no": 0.9}, closed=True
    )
    few = fit_mixture([one], ["yes"], right=same).closed
    many = fit_mixture([one], ["yes"], out_of_fold=[(one, "no")] * 9 + [(one, "yes")], right=same).closed
    assert few.evidence > few.classifier
    assert many.evidence < many.classifier
