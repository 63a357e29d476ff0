"""`LearningSet`: the labelled cases that a classifier may learn from, read by the towers once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float32, Int64

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.laterality import has_laterality
from lexiscope.corpus.part import CorpusPart
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.classify.target import Target, labelled

CALIBRATION = "val"  # the split that temperatures are fitted on


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """Cases with a value of the target, and the features and embeddings of their images.

    Args:
        cases: The cases, n of them.
        labels: Index of each case's value in `Target.values`, (n,).
        features: Features of the image towers, (n, f), NaN where a modality is missing.
        embeddings: Unit rows of the joint space, (n, d).
        blocks: Modality -> its columns of the features; "fused" where the model mixes modalities.
        mirrored: Features of the mirrored images, where left and right mean nothing.
    """

    cases: tuple[Case, ...]
    labels: Int64[np.ndarray, " n"]
    features: Float32[np.ndarray, "n f"]
    embeddings: Float32[np.ndarray, "n d"]
    blocks: Mapping[str, slice]
    mirrored: Float32[np.ndarray, "n f"] | None = None

    @property
    def seen(self) -> list[Float32[np.ndarray, "n f"]]:
        """Features of the images, and of their mirror images where there are any."""
        return [self.features] if self.mirrored is None else [self.features, self.mirrored]

    @property
    def groups(self) -> list[str]:
        """Patient, paper or specimen of each case."""
        return [case.group for case in self.cases]


@dataclass(frozen=True, slots=True)
class LearningSet:
    """Labelled cases that a classifier learns from.

    Args:
        source: Corpus and split that they come from.
        target: Attribute that is predicted.
        fit: Cases that probes are fitted on.
        calibration: Cases of the split "val" that temperatures are fitted on; possibly none.
        mirror: Whether images are also seen mirrored.
    """

    source: CorpusPart
    target: Target
    fit: LabelledFeatures
    calibration: LabelledFeatures
    mirror: bool = False


def read_learning_set(
    source: CorpusPart,
    readouts: Readouts,
    *,
    attribute: str,
    min_groups: int = 0,
    mirror: bool | None = None,
    measured: CorpusPart | None = None,
    progress: Progress | None = None,
) -> LearningSet:
    """Read the labelled cases of a corpus.

    Args:
        source: Corpus and split to learn from.
        readouts: Model that reads the images.
        attribute: Name of the attribute to predict.
        min_groups: Values that fewer groups than this have become one, "other".
        mirror: See every image also mirrored; None does so where nothing that was learned from tells sides.
        measured: Part that will be measured: temperatures are never fitted on it.
        progress: Called with the images read so far.

    Raises:
        UsageError: they do not have the attribute, or it is no class.
    """
    fit = [case for case in source.corpus.cases(source.split) if _readable(case, readouts)]
    held = [case for case in _calibration_cases(source, measured) if _readable(case, readouts)]
    target = Target.of(attribute, fit, min_groups=min_groups)
    mirror = not has_laterality(fit) if mirror is None else mirror
    read = partial(read_labelled, target, source.corpus, readouts=readouts, mirror=mirror, progress=progress)
    return LearningSet(source, target, read(fit), read(held), mirror)


def read_labelled(
    target: Target,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    readouts: Readouts,
    mirror: bool = False,
    progress: Progress | None = None,
) -> LabelledFeatures:
    """Features of the cases that have both a value of the target and an image that the model reads.

    Args:
        target: Attribute that is predicted.
        corpus: Corpus that holds the cases.
        cases: Cases to choose from.
        readouts: Model that reads the images.
        mirror: See every image also mirrored.
        progress: Called with the images read so far.
    """
    kept, labels = labelled(target, [case for case in cases if _readable(case, readouts)])
    features, embeddings = readouts.of_cases(corpus, kept, progress=progress)
    mirrored = readouts.mirrored().of_cases(corpus, kept, progress=progress)[0] if mirror else None
    return LabelledFeatures(
        tuple(kept), np.array(labels, dtype=np.int64), features, embeddings, readouts.blocks, mirrored
    )


def _calibration_cases(source: CorpusPart, measured: CorpusPart | None) -> Iterator[Case]:
    seen = measured is not None and measured.split in (None, CALIBRATION)
    same = measured is not None and measured.corpus.version == source.corpus.version
    if source.split is None or (seen and same):
        return iter(())
    return source.corpus.cases(CALIBRATION)


def _readable(case: Case, readouts: Readouts) -> bool:
    return bool(readouts.views.keys() & case.images.keys())
