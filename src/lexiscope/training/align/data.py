"""`AlignData`: the pairs of images and texts that an alignment learns from and is judged by."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.towers import Features, compute_features
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.align.pairs import ImageTextPairs, find_pairs
from lexiscope.training.align.pretrained import PretrainedParts
from lexiscope.views import View


@dataclass(frozen=True)
class AlignData:
    """The pairs of the splits "train" and "val", how their images are prepared, and what to tell the user."""

    part: CorpusPart
    train: ImageTextPairs
    val: ImageTextPairs
    views: Mapping[str, View]
    notes: tuple[str, ...]


def find_data(corpus: Corpus, config: AlignConfig, start: PretrainedParts) -> AlignData:
    """The pairs of a corpus that `config` asks for; a corpus without splits is all "train".

    Raises:
        TrainingError: fewer than two cases with an image and a text.
        UsageError: a label that no two cases share.
        ViewError: a modality that no case has.
    """
    views = start.views or config.views(corpus)
    part = CorpusPart.to_learn_from(corpus)
    train, val = (
        find_pairs(chosen.cases() if chosen else (), modalities=list(views), columns=config.text_columns)
        for chosen in (part, part.held_out)
    )
    if len(train) < 2:
        raise TrainingError(_no_pairs(part, config))
    _check_label(train, config.label)
    notes = []
    if part.split is None:
        notes.append("the corpus has no splits, so all of it was trained on and nothing is left to measure on honestly")
    if not len(val):
        notes.append("no split 'val' with images and texts: the last epoch was kept")
    return AlignData(part, train, val, views, tuple(notes))


def features_of(data: AlignData, corpus: Corpus, space: JointSpace, *, progress: Progress | None = None) -> Features:
    """What the towers of `space` say about every image and text of the pairs."""
    cases = (*data.train.cases, *data.val.cases)
    texts = [*data.train.all_texts(), *data.val.all_texts()]
    return compute_features(space, corpus, cases=cases, texts=texts, views=data.views, progress=progress)


def _check_label(train: ImageTextPairs, label: str | None) -> None:
    """Refuse a label that no two cases share: nothing could be learned from it."""
    if label is None:
        return
    values = Counter(case.attributes[label] for case in train.cases if label in case.attributes)
    if max(values.values(), default=0) < 2:
        known = sorted({name for case in train.cases for name in case.attributes})
        msg = f"expected an attribute that cases share as label, got {label!r} with {len(values)} values"
        raise UsageError(f"{msg}; attributes here: {', '.join(known) or 'none'}")


def _no_pairs(part: CorpusPart, config: AlignConfig) -> str:
    columns = sorted({passage.source for case in part.corpus for passage in case.texts})
    asked = f" from {', '.join(config.text_columns)}" if config.text_columns else ""
    return (
        f"expected at least two cases with an image and a text{asked} in {part.where}, found fewer; its texts come "
        f"from {', '.join(columns) or 'nowhere'}. Build the corpus with --text-column, or choose among these"
    )
