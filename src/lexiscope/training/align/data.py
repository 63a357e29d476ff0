"""`AlignData`: the pairs of images and texts that an alignment learns from and is judged by."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.towers import Features, compute_features
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.align.pairs import ImageTextPairs, find_pairs
from lexiscope.training.align.pretrained import PretrainedParts
from lexiscope.views import View


@dataclass(frozen=True)
class AlignData:
    """The pairs of the splits "train" and "val", how their images are prepared, and what to tell the user."""

    train: ImageTextPairs
    val: ImageTextPairs
    views: Mapping[str, View]
    split: str | None
    notes: tuple[str, ...]


def find_data(corpus: Corpus, config: AlignConfig, start: PretrainedParts) -> AlignData:
    """The pairs of a corpus that `config` asks for; a corpus without splits is all "train".

    Raises:
        TrainingError: fewer than two cases with an image and a text.
        UsageError: a label that no two cases share.
        ViewError: a modality that no case has.
    """
    views = start.views or config.views(corpus)
    has_splits = any(row["split"] for row in corpus.rows(columns=["split"]))
    train, val = (
        find_pairs(corpus.cases(split=split), modalities=list(views), columns=config.text_columns)
        for split in (("train", "val") if has_splits else (None, "val"))
    )
    if len(train) < 2:
        raise TrainingError(_no_pairs(corpus, config, has_splits=has_splits))
    _check_label(train, config.label)
    notes = []
    if not has_splits:
        notes.append("the corpus has no splits, so all of it was trained on and nothing is left to measure on honestly")
    if not len(val):
        notes.append("no split 'val' with images and texts: the last epoch was kept")
    return AlignData(train, val, views, "train" if has_splits else None, tuple(notes))


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


def _no_pairs(corpus: Corpus, config: AlignConfig, *, has_splits: bool) -> str:
    where = f"the split 'train' of {corpus.path}" if has_splits else f"{corpus.path}"
    columns = sorted({passage.source for case in corpus for passage in case.texts})
    asked = f" from {', '.join(config.text_columns)}" if config.text_columns else ""
    return (
        f"expected at least two cases with an image and a text{asked} in {where}, found fewer; its texts come from "
        f"{', '.join(columns) or 'nowhere'}. Build the corpus with --text-column, or choose among these"
    )
