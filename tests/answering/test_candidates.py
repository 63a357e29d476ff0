"""Candidate answers: how scores are mixed, which answer is given, and what is a probability."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.models.assistant.mixture import Mixture, Vote, Weights

ANSWERS = ("yes", "no", "left", "right")


def shares(total: float) -> st.SearchStrategy[dict[str, float]]:
    """Probabilities of some answers that sum to at most `total`, as a closed-ended question has them."""
    raw = st.dictionaries(st.sampled_from(ANSWERS), st.floats(0, 1), max_size=len(ANSWERS))
    return raw.map(
        lambda scores: {key: total * score / max(1.0, sum(scores.values())) for key, score in scores.items()}
    )


weights = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 20)).map(
    lambda w: Weights(evidence=w[0] / max(1.0, w[0] + w[1]), classifier=w[1] / max(1.0, w[0] + w[1]), temperature=w[2])
)
votes = st.lists(st.builds(Vote, st.sampled_from(ANSWERS), st.floats(-30, 30)), max_size=6)


@given(lm_scores=shares(1.0), classified=shares(1.0), votes=votes, weights=weights)
def test_where_answers_are_offered_probabilities_sum_to_at_most_one(
    lm_scores: dict[str, float], classified: dict[str, float], votes: list[Vote], weights: Weights
) -> None:
    candidates = ScoredCandidates(lm_scores, votes=votes, classifier_scores=classified, closed=True)
    found = candidates.probabilities(weights)
    assert all(probability >= 0 for probability in found.values())
    assert sum(found.values()) <= 1 + 1e-9
    assert set(found) == {*lm_scores, *classified, *(vote.answer for vote in votes)}


def test_what_a_question_rules_out_is_no_answer_and_alone_it_is_none_at_all() -> None:
    ruled_out = frozenset({"yes", "no"})
    candidates = ScoredCandidates({"yes": 0.9, "left": 0.1}, impossible=ruled_out, texts={"left": "Left"})
    assert candidates.best(Mixture()) == ("Left", 0.1)
    assert ScoredCandidates({"yes": 0.9}, impossible=ruled_out, texts={"yes": "Yes"}).best(Mixture()) == ("", 0.0)


def test_open_ended_scores_are_no_probabilities() -> None:
    """Geometric means over the tokens of several sentences: each below one, together above it."""
    candidates = ScoredCandidates({"a long answer": 0.8, "another answer": 0.7})
    assert sum(candidates.probabilities(Weights()).values()) == pytest.approx(1.5)


def test_the_answer_given_shares_most_words_with_what_is_likely() -> None:
    scores = {"right": 0.35, "left lobe": 0.3, "the left lobe": 0.3}
    candidates = ScoredCandidates(scores, texts={key: key.capitalize() for key in scores})
    assert candidates.best(Mixture()) == ("Left lobe", 0.3)
    assert ScoredCandidates({"right": 0.35, "left": 0.3}, texts={"right": "Right"}).best(Mixture()) == ("Right", 0.35)


def test_without_candidates_nothing_is_given() -> None:
    candidates = ScoredCandidates({})
    assert candidates.best(Mixture()) == ("", 0.0)
    assert not candidates.weights(Mixture()).gives(0.0)


def test_the_weights_are_those_of_the_form_of_the_question() -> None:
    mixture = Mixture(closed=Weights(evidence=1.0), open=Weights(classifier=1.0))
    candidates = {"votes": [Vote("yes", 0.0)], "classifier_scores": {"no": 1.0}, "texts": {"yes": "Yes", "no": "No"}}
    assert ScoredCandidates({}, **candidates, closed=True).best(mixture)[0] == "Yes"  # type: ignore[arg-type]
    assert ScoredCandidates({}, **candidates).best(mixture)[0] == "No"  # type: ignore[arg-type]


def test_each_stage_proposes_its_first_four_once() -> None:
    votes = [Vote(answer, 0.0) for answer in ("a", "a", "b", "c", "d", "e")]
    classified = {"b": 0.1, "x": 0.5, "y": 0.3, "z": 0.05, "w": 0.01, "v": 0.04}
    assert ScoredCandidates({}, votes=votes, classifier_scores=classified).proposed() == [*"abcd", *"xyz"]
