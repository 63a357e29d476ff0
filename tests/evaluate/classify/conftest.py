"""A corpus of shapes with a model that tells colours, and labelled features whose classes are known by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.target import Target
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model

LEAK = "shapes look alike"


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, ModelDirectory]:
    """Eighty shapes with colours, and an untrained model that learned from "train". For tests that change nothing."""
    folder = tmp_path_factory.mktemp("shapes")
    corpus = make_corpus(folder / "corpus", 80)
    return corpus, tiny_model(corpus, folder / "model")


def _case(row: int, prefix: str) -> Case:
    label = "ab"[row % 2]
    texts = (Passage("report", f"Grade {label}." if row % 3 == 0 else "Seen at noon."),)
    attributes = {"grade": label, "age": 40 + row, "site": "north" if row % 2 else "south"}
    return Case(
        f"{prefix}{row}", f"{prefix}-group-{row // 2}", Provenance("by hand"), texts=texts, attributes=attributes
    )


@pytest.fixture
def labelled() -> Callable[..., LabelledFeatures]:
    """Makes cases of two classes: the first feature tells them apart by `gap` standard deviations, three do not."""

    def make(n: int, *, prefix: str, gap: float = 6.0, seed: int = 0) -> LabelledFeatures:
        cases = tuple(_case(row, prefix) for row in range(n))
        labels = np.arange(n) % 2
        features = np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32)
        features[:, 0] += gap * labels
        embeddings = np.stack([1 - labels, labels], axis=1).astype(np.float32)
        return LabelledFeatures(cases, labels, features, embeddings, {"photo": slice(0, 4)})

    return make


@pytest.fixture
def learned(labelled: Callable[..., LabelledFeatures], tmp_path: Path) -> LearningSet:
    """Forty cases to learn from and twenty to calibrate on."""
    fit = labelled(40, prefix="fit")
    target = Target("grade", ("a", "b"))
    source = CorpusPart(Corpus.create(tmp_path / "empty"), "train")
    return LearningSet(source, target, fit, labelled(20, prefix="held", seed=1))


@pytest.fixture
def measured(labelled: Callable[..., LabelledFeatures]) -> LabelledFeatures:
    """Twenty cases to measure on."""
    return labelled(20, prefix="test", seed=2)
