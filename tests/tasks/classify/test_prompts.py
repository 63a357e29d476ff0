"""Classes in words: whose wordings are taken, and which direction they make."""

import numpy as np
import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.learning_set import read_learning_set
from lexiscope.tasks.classify.prompts import class_directions, class_wordings, zero_shot
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.classify.target import Target
from lexiscope.tasks.embed import embed_texts

TEMPLATE = {"benign": "No sign of malignancy.", "malignant": "Atypical mitoses."}


def cases(*, told: tuple[str, ...] = ("benign", "malignant")) -> list[Case]:
    """Twenty cases a value; template text stands beside those that are told."""
    return [
        Case(
            f"{value}-{n}",
            f"{value}-{n}",
            Provenance("by hand"),
            texts=(Passage("report", TEMPLATE[value]),) if value in told else (),
            attributes={"tissue_kind": value},
        )
        for value in TEMPLATE
        for n in range(20)
    ]


def test_template_text_of_one_value_words_its_class() -> None:
    known = cases()
    wordings = class_wordings(Target.of("tissue_kind", known), known)
    assert wordings == {value: (text,) for value, text in TEMPLATE.items()}


def test_where_one_class_has_none_all_are_worded_by_templates() -> None:
    known = cases(told=("benign",))
    wordings = class_wordings(Target.of("tissue_kind", known), known)
    assert wordings["malignant"] == ("malignant", "An image showing malignant.", "tissue kind: malignant")
    assert wordings["benign"][0] == "benign"


def test_given_wordings_come_first_and_must_be_of_a_value() -> None:
    known = cases()
    target = Target.of("tissue_kind", known)
    wordings = class_wordings(target, known, given={"benign": ["harmless"]})
    assert wordings == {"benign": ("harmless",), "malignant": (TEMPLATE["malignant"],)}
    with pytest.raises(UsageError, match="prompts must be for one of benign, malignant, got pink"):
        class_wordings(target, known, given={"pink": ["a pink disc"]})


def test_a_class_is_the_unit_mean_of_its_wordings(shapes: tuple[Corpus, ModelDirectory, Readouts]) -> None:
    joint = shapes[2].joint
    directions = class_directions(joint, {"a": ["red", "a red disc"], "b": ["blue"]})
    mean = embed_texts(joint, ["red", "a red disc"]).mean(axis=0)
    np.testing.assert_allclose(directions[0], mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_allclose(directions[1], embed_texts(joint, ["blue"])[0], atol=1e-6)


def test_logits_are_cosines_times_the_scale_of_the_model(shapes: tuple[Corpus, ModelDirectory, Readouts]) -> None:
    corpus, _, readouts = shapes
    learned = read_learning_set(CorpusPart(corpus, "train"), readouts, attribute="colour")
    prompts = zero_shot(learned, readouts, prompts={"red": ["a red disc"]})
    assert prompts.wordings["red"] == ("a red disc",)
    expected = prompts.scale * learned.fit.embeddings[:2] @ prompts.directions.T
    np.testing.assert_allclose(prompts.logits(learned.fit.embeddings[:2]), expected, atol=1e-6)
    assert prompts.scale == pytest.approx(float(readouts.joint.scale.item()))
