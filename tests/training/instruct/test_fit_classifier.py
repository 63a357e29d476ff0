"""Fitting the classifier of answers: it finds what decides them, and leaves out groups as refitting would."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lexiscope.answering.examples import CAPTION, InstructionExample
from lexiscope.answering.left_out import leave_groups_out
from lexiscope.core import Case, Provenance
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.training.instruct.fit_classifier import FittedClassifier, fit_classifier

QUESTIONS = ["Is it bright?", "Is it odd?", "Which colour?"]


class Joint:
    """Questions and contexts are rows of the identity, by what they say."""

    text = SimpleNamespace(width=8)

    def text_features(self, texts: list[str]) -> torch.Tensor:
        known = [*QUESTIONS, "bright", "dark", "It is white.", "It is black.", "It was held at 600 °C."]
        return torch.eye(8)[[known.index(text) for text in texts]]


class Tokens:
    """An even case is bright; the mean of its places says so."""

    def of(self, cases) -> ImageTokens:
        bright = torch.tensor([float(int(case.id) % 2 == 0) for case in cases])
        noise = torch.randn(len(cases), 3, generator=torch.Generator().manual_seed(1))
        places = bright[:, None, None].expand(-1, 4, 2) + 0.1 * noise[:, None, :2]
        return ImageTokens({"sem": BranchTokens(noise, places)}, {"sem": torch.ones(len(cases), dtype=torch.bool)})


def example(
    row: int, question: str, answer: str, *known: str, kind: str = "closed", published: str = ""
) -> InstructionExample:
    case, told = Case(str(row), f"g{row // 2}", Provenance("by hand")), (published,) if published else ()
    return InstructionExample(case, question, answer, kind, known=known, published=told)


def examples(rows: range) -> list[InstructionExample]:
    found = []
    for row in rows:
        bright, odd = row % 2 == 0, row % 3 == 0
        found.append(example(row, QUESTIONS[0], "yes" if bright else "no"))
        found.append(example(row, QUESTIONS[1], "yes" if odd else "no", "bright" if odd else "dark"))
        colour = "white" if bright else "black"
        told = f"It was held at 600 °C. It is {colour}."
        found.append(example(row, QUESTIONS[2], colour, kind="open", published=told))
    return found


def answers(classifier, row: int, question: str, context: str = "") -> dict[str, float]:
    vectors = Joint().text_features([question]).numpy()
    told = Joint().text_features([context]).numpy() if context else 0 * vectors
    possible = frozenset({"yes", "no"}) if question != QUESTIONS[2] else frozenset()
    (found,) = classifier.probabilities(Tokens().of([SimpleNamespace(id=str(row))]), vectors, told, possible=[possible])
    return found


def fitted(asked: list[InstructionExample]) -> FittedClassifier | None:
    return fit_classifier(Joint(), asked, Tokens(), groups=[one.case.group for one in asked], seed=0)


@pytest.fixture(scope="module")
def classifier():
    return fitted(examples(range(60))).classifier


def test_what_the_image_shows_is_answered_from_it(classifier) -> None:
    assert answers(classifier, 100, QUESTIONS[0])["yes"] > 0.7
    assert answers(classifier, 101, QUESTIONS[0])["yes"] < 0.3
    colours = answers(classifier, 100, QUESTIONS[2])
    assert colours["white"] > colours.get("black", 0.0)
    assert classifier.closed.kernel.image > 0


def test_what_the_context_tells_is_answered_from_it(classifier) -> None:
    assert answers(classifier, 100, QUESTIONS[1], "bright")["yes"] > 0.6
    assert answers(classifier, 100, QUESTIONS[1], "dark")["yes"] < 0.4
    assert classifier.closed_informed.kernel.context > 0
    assert classifier.closed.kernel.context == 0


def test_what_is_told_is_heard_where_the_image_says_otherwise() -> None:
    """The image is always right and what is told mostly: learned together, nobody would need to listen."""
    asked = []
    for row in range(60):
        bright = row % 2 == 0
        asked.append(
            example(row, QUESTIONS[0], "yes" if bright else "no", "bright" if bright != (row % 7 == 0) else "dark")
        )
    classifier = fitted(asked).classifier
    assert answers(classifier, 100, QUESTIONS[0])["yes"] > 0.9
    assert answers(classifier, 100, QUESTIONS[0], "dark")["no"] > 0.2
    assert answers(classifier, 101, QUESTIONS[0], "bright")["yes"] > 0.2


def test_every_context_that_may_stand_beside_is_learned_with() -> None:
    """Also the shorter ones: what is learned with full pages alone misreads a caption."""
    asked = []
    for row in range(30):
        answer = "yes" if row % 2 == 0 else "no"
        asked.append(
            example(row, QUESTIONS[1], answer, "It was held at 600 °C.", "bright" if answer == "yes" else "dark")
        )
    learned = fitted(asked).classifier.closed_informed.learned
    held = Joint().text_features(["It was held at 600 °C."]).numpy()
    assert (learned.contexts @ held[0] == 1).sum() == 30
    assert len(learned) == 60


def test_a_sentence_that_holds_the_answer_is_told_from_one_that_does_not(classifier) -> None:
    question, *sentences = Joint().text_features([QUESTIONS[2], "It is white.", "It was held at 600 °C."]).numpy()
    white, held = classifier.read(question, np.stack(sentences))
    assert held < 0.1 < white


def test_a_form_that_was_never_asked_is_left_out() -> None:
    only = fitted([one for one in examples(range(20)) if one.kind == "open"]).classifier
    assert only.closed is None
    assert only.open.answers == ("white", "black")
    assert fitted([example(0, "Describe the image.", "x", kind=CAPTION)]) is None


def test_leaving_out_a_group_is_what_refitting_without_it_gives() -> None:
    rng = np.random.default_rng(0)
    rows, groups = rng.normal(size=(12, 4)), np.repeat(list("abcd"), 3)
    targets = np.eye(2)[rng.integers(2, size=12)]
    gram, base, penalty = rows @ rows.T, targets.mean(axis=0), 0.7
    refitted = np.empty((12, 2))
    for group in "abcd":
        out, kept = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        inner = gram[np.ix_(kept, kept)] + penalty * np.eye(len(kept))
        refitted[out] = gram[np.ix_(out, kept)] @ np.linalg.solve(inner, targets[kept] - base) + base
    inverse = np.linalg.inv(gram + penalty * np.eye(12))
    scores = leave_groups_out(inverse, inverse @ (targets - base), targets, groups)
    np.testing.assert_allclose(scores, refitted, atol=1e-9)


def test_each_answer_is_predicted_without_its_own_group() -> None:
    """The odd one out: its own group alone says yes, so the others foretell no."""
    asked = [example(row, QUESTIONS[1], "no") for row in range(2, 20)] + [example(0, QUESTIONS[1], "yes")]
    out_of_fold = fitted(asked).out_of_fold
    assert len(out_of_fold) == 19
    assert out_of_fold["0", QUESTIONS[1]]["no"] > 0.9
