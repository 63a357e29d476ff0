"""The classifier of an attribute as a subject: the probability of the true value with fewer inputs.

Inputs are the modalities and, where words and facts are read too, "text" and "attributes". Nothing is fitted again: the
probe that learned from all inputs is asked with fewer. A missing input counts as its mean, as the task has it. Of a
case of which nothing is left, the share of each value among the cases learned from is said; by evidential heads, what
they say of nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.search.agreement import categorical_attributes
from lexiscope.interpret.adapters.class_models import (
    ClassModel,
    EvidenceOfImages,
    ProbeOfAll,
    ProbeOfImages,
    prior_of,
)
from lexiscope.interpret.adapters.image_readouts import ImageReadouts, Noise, with_missing
from lexiscope.interpret.adapters.joint import image_cases
from lexiscope.interpret.adapters.sees_images import SeesImages
from lexiscope.interpret.group_shuffle import shuffle_groups
from lexiscope.interpret.subject import Cases, Coalition, Outcome
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.learning_set import (
    CALIBRATION,
    LabelledFeatures,
    LearningSet,
    read_labelled,
    read_learning_set,
)
from lexiscope.tasks.classify.methods import evidential, probe
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.classify.target import Target
from lexiscope.tasks.training_part import training_part

Reads: TypeAlias = Literal["images", "all"]
Method: TypeAlias = Literal["probe", "evidential"]


def classifier_subjects(
    model: ModelDirectory, corpus: Corpus, split: str, *, seed: int = 0, target: str | None = None
) -> list[tuple["ClassifierSubject", Cases[Case]]]:
    """The classifier of one attribute; none without a joint space, nor without one that sorts the cases.

    Args:
        model: Model directory.
        corpus: Corpus with attributes.
        split: Split of the corpus.
        seed: Seed of the probe's folds.
        target: The attribute; None takes the one that sorts the cases best.
    """
    if not model.has("joint"):
        return []
    if target is None and not categorical_attributes(list(training_part(model).cases())):
        return []
    return [open_classifier(model, corpus, split, seed=seed, attribute=target)]


def open_classifier(
    model: ModelDirectory,
    corpus: Corpus,
    split: str,
    *,
    seed: int = 0,
    attribute: str | None = None,
    method: Method = "probe",
    reads: Reads = "images",
) -> tuple["ClassifierSubject", Cases[Case]]:
    """A classifier fitted as `classify` fits it, and the labelled cases of a split.

    Args:
        model: Model directory with a joint space.
        corpus: Corpus with the attribute.
        split: Split of the corpus; temperatures are not fitted on it.
        seed: Seed of folds and of first weights.
        attribute: Attribute that is told; None takes the one whose values are shared out most evenly among the cases
            learned from.
        method: "probe", or "evidential", an opinion for each modality.
        reads: "images" as the task does, or "all": one probe on images, on the passages that do not state the
            attribute, and on the other attributes, in which each counts the same.

    Raises:
        UsageError: no such attribute, or evidential heads that should read words.
        EvaluationError: no case of the split has the attribute and an image.
        ModelError: no joint space, or what it was trained on is gone.
    """
    if method == "evidential" and reads == "all":
        raise UsageError("evidential heads read images, and were asked to read all; take method='probe'")
    readouts, source = Readouts(model.joint(), model.views()), training_part(model)
    named = _most_even(list(source.cases())) if attribute is None else attribute
    learned = read_learning_set(source, readouts, attribute=named, measured=CorpusPart(corpus, split))
    measured = _labelled(learned, readouts, corpus, split)
    if not len(measured.labels):
        msg = f"expected cases with an image and the attribute {named!r} in split {split!r} of {corpus.path}"
        raise EvaluationError(f"{msg}, found none; name another split")
    fit = partial(_fitted, measured=measured, readouts=readouts, method=method, reads=reads, seed=seed)
    classes = fit(learned)
    sees = ImageReadouts(readouts.joint, corpus, readouts.views)
    made_by = [model.fingerprint, learned.source.corpus.version, learned.source.split, named, method, reads, seed]
    subject = ClassifierSubject(
        name=f"{method} of {named}",
        fingerprint=sha256_json(["classifier", *made_by]),
        inputs=(*sorted(readouts.views), *classes.beside),
        fusion=readouts.joint.image.config.fusion,
        score="probability of the true class",
        sees=sees,
        mirrored=sees.mirrored() if learned.mirror and method == "probe" and reads == "images" else None,
        classes=classes,
        blocks=readouts.blocks,
        held=None if split == CALIBRATION else _labelled(learned, readouts, corpus, CALIBRATION),
        target=learned.target,
        learned=learned,
        fit=fit,
    )
    return subject, subject.cases_of(measured, split)


@dataclass(frozen=True)
class ClassifierSubject(SeesImages):
    """A classifier of one attribute. Use `open_classifier`.

    Args:
        name: What it is.
        fingerprint: Hash of the model, and of all that the classifier was fitted with.
        inputs: Modalities by the alphabet, then "text" and "attributes" where it reads them.
        fusion: Place where its modalities meet.
        score: What it is measured by.
        sees: Readouts of images.
        mirrored: Readouts of mirrored images, where sides mean nothing.
        classes: What turns readouts into probabilities.
        blocks: Branch -> its columns of the features.
        held: Labelled cases of the split "val"; None where that is what it was opened on.
        target: Attribute that is told.
        learned: Cases that it was fitted on.
        fit: Fits it to such cases.
    """

    name: str
    fingerprint: str
    inputs: tuple[str, ...]
    fusion: str | None
    score: str
    sees: ImageReadouts
    mirrored: ImageReadouts | None
    classes: ClassModel
    blocks: Mapping[str, slice]
    held: LabelledFeatures | None
    target: Target
    learned: LearningSet
    fit: Callable[[LearningSet], ClassModel]

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """Probabilities of the values under each coalition.

        With "text" and "attributes", donors are cases of the split that the subject was opened on.
        """
        assert cases.truth is not None
        donors = [None if coalition.donors is None else coalition.donors.items for coalition in coalitions]
        readers = [self.sees] if self.mirrored is None else [self.sees, self.mirrored]
        told = []
        for coalition, stand_ins, *seen in zip(
            coalitions, donors, *(reader.under(cases.items, coalitions, donors) for reader in readers), strict=True
        ):
            rows = [
                self.classes.joined(with_missing(one, self.blocks), cases.items, coalition, stand_ins) for one in seen
            ]
            chances = self.classes.probabilities(rows)
            told.append(Outcome(chances[np.arange(len(cases)), cases.truth], chances))
        return told

    @contextmanager
    def ablated(self, branch: str, level: str, units: Sequence[int]) -> Iterator[None]:
        """Within the context, these channels of a level are zeros.

        Raises:
            UsageError: no such branch or level.
        """
        with ExitStack() as stack:
            for reader in (self.sees, self.mirrored):
                if reader is not None:
                    stack.enter_context(reader.ablated(branch, level, units))
            yield

    def score_of(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Float[Tensor, " b"]:
        """Logit of the true value by these images.

        Raises:
            UsageError: evidential heads, which have no logits.
        """
        assert cases.truth is not None
        present = {name: torch.from_numpy(cases.present[name]) for name in images}
        seen = self.sees.of_model(images)
        ways = [seen] if self.mirrored is None else [seen, {name: x.flip(-1) for name, x in seen.items()}]
        logits = [self._logits(self.sees.joint.image_features(way, present), present, cases) for way in ways]
        return torch.stack(logits).mean(dim=0)[torch.arange(len(cases)), torch.from_numpy(cases.truth)]

    def on_shuffled_labels(self, *, seed: int) -> "ClassifierSubject":
        """The same, fitted to the same features with labels of other groups.

        Args:
            seed: Seed of which groups trade labels.
        """
        rows = shuffle_groups(self.learned.fit.groups, np.random.default_rng(seed))
        fit = replace(self.learned.fit, labels=self.learned.fit.labels[rows])
        made_by = ["shuffled labels", self.fingerprint, seed]
        return replace(self, fingerprint=sha256_json(made_by), classes=self.fit(replace(self.learned, fit=fit)))

    def with_noise(self, variance: float, *, seed: int) -> "ClassifierSubject":
        """The same, reading images with Gaussian noise.

        Args:
            variance: Of the noise, where the values of an image run from 0 to 1.
            seed: Seed of the noise.
        """
        noise = Noise(variance, seed)
        mirrored = None if self.mirrored is None else self.mirrored.noisy(noise)
        return replace(self, fingerprint=noise.named(self.fingerprint), sees=self.sees.noisy(noise), mirrored=mirrored)

    def held_out(self) -> Cases[Case] | None:
        """Labelled cases of the split "val", which a temperature was fitted on; None where there are none."""
        return None if self.held is None or not len(self.held.labels) else self.cases_of(self.held, CALIBRATION)

    def cases_of(self, labelled: LabelledFeatures, split: str) -> Cases[Case]:
        """Labelled cases as they are interpreted on."""
        cases = image_cases(labelled.cases, sorted(self.sees.views), self.sees.corpus, split)
        beside = {name: self.classes.has(name, labelled.cases) for name in self.classes.beside}
        return replace(cases, present={**cases.present, **beside}, classes=self.target.values, truth=labelled.labels)

    def _logits(
        self, features: Mapping[str, Tensor], present: Mapping[str, Tensor], cases: Cases[Any]
    ) -> Float[Tensor, "b k"]:
        parts = []
        for name in self.blocks:
            there = present.get(name, torch.stack(list(present.values())).any(dim=0))
            parts.append(torch.where(there[:, None], features[name], torch.nan))
        everything = Coalition(frozenset(self.inputs))
        blank = np.full((len(cases), sum(part.shape[1] for part in parts)), np.nan, dtype=np.float32)
        beside = self.classes.joined(blank, cases.items, everything, None)[:, blank.shape[1] :]
        return self.classes.logits(torch.cat([*parts, torch.from_numpy(beside)], dim=1))


def _fitted(
    learned: LearningSet,
    measured: LabelledFeatures,
    readouts: Readouts,
    *,
    method: Method,
    reads: Reads,
    seed: int,
) -> ClassModel:
    if reads == "all":
        return ProbeOfAll.fit(learned, measured, readouts.joint, seed=seed)
    if method == "evidential":
        return EvidenceOfImages(evidential(learned, seed=seed))
    return ProbeOfImages(probe(learned, seed=seed), prior_of(learned))


def _labelled(learned: LearningSet, readouts: Readouts, corpus: Corpus, split: str) -> LabelledFeatures:
    cases = list(corpus.cases(split))
    return read_labelled(learned.target, corpus, cases, readouts=readouts, mirror=learned.mirror)


def _most_even(cases: Sequence[Case]) -> str:
    """The attribute of few values whose commonest value is the rarest.

    Raises:
        UsageError: no attribute sorts the cases into a few kinds.
    """
    names = categorical_attributes(cases)
    if not names:
        msg = "expected an attribute that sorts the cases learned from into a few kinds, found none"
        raise UsageError(f"{msg}; name one with attribute=...")

    def commonest(name: str) -> float:
        counts = Counter(str(case.attributes[name]) for case in cases if name in case.attributes)
        return counts.most_common(1)[0][1] / counts.total()

    return min(names, key=commonest)
