"""`AlignData`: the pairs of images and texts that an alignment learns from and is judged by."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64

from lexiscope.core.case import Case
from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.corpus.laterality import has_laterality
from lexiscope.corpus.part import CorpusPart
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.align.pretrained import PretrainedParts
from lexiscope.training.objectives.supcon import UNLABELLED
from lexiscope.views import View


@dataclass(frozen=True)
class ImageTextPairs:
    """Cases with an image that the views read and at least one passage of the wanted columns.

    Args:
        cases: Cases that have both.
        texts: Passages of each case, as words; its turns where it has no passage at all.
        groups: Number of each case's group.
    """

    cases: tuple[Case, ...]
    texts: tuple[tuple[str, ...], ...]
    groups: Int64[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.cases)

    def all_texts(self) -> list[str]:
        """All passages, each once, in the order of first appearance.

        Example:
            >>> pairs = ImageTextPairs((), (("a disc", "red"), ("red",)), np.array([0, 1]))
            >>> pairs.all_texts()
            ['a disc', 'red']
        """
        return list(dict.fromkeys(text for texts in self.texts for text in texts))

    def drawn(self, *, seed: int, epoch: int) -> Int64[np.ndarray, " n"]:
        """Number of one passage for each case, drawn from seed and epoch alone."""
        draws = np.random.default_rng((seed, epoch, 1)).random(len(self))
        return (draws * [len(texts) for texts in self.texts]).astype(np.int64)


def find_pairs(cases: Iterable[Case], *, modalities: Sequence[str], columns: Sequence[str] | None) -> ImageTextPairs:
    """Cases that can be learned from: those with an image and a text.

    Args:
        cases: Cases to choose from.
        modalities: An image of any of these modalities counts.
        columns: Passages from these source columns, or of these kinds, count; all when None.

    Example:
        >>> len(find_pairs([], modalities=["sem"], columns=None))
        0
    """
    kept, texts = [], []
    for case in cases:
        words = tuple(dict.fromkeys(_words(case, columns)))
        if words and any(modality in case.images for modality in modalities):
            kept.append(case)
            texts.append(words)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(case.group for case in kept))}
    return ImageTextPairs(tuple(kept), tuple(texts), np.array([numbers[case.group] for case in kept], dtype=np.int64))


def text_key(text: str) -> int:
    """Number that stands for the words, the same on every process; it fits 63 bits.

    Example:
        >>> text_key("a disc") == text_key("a disc") != text_key("a square")
        True
    """
    return int(sha256_json(text)[:15], 16)


def label_numbers(cases: Sequence[Case], label: str) -> Int64[np.ndarray, " n"]:
    """Number of each case's value of an attribute, by first appearance; `UNLABELLED` where it has none.

    Example:
        >>> label_numbers([], "diagnosis").shape
        (0,)
    """
    values = [case.attributes.get(label) for case in cases]
    numbers = {value: number for number, value in enumerate(dict.fromkeys(v for v in values if v is not None))}
    return np.array([UNLABELLED if value is None else numbers[value] for value in values], dtype=np.int64)


@dataclass(frozen=True)
class AlignData:
    """Pairs of the splits "train" and "val", with the views that prepare their images.

    Args:
        part: Cases that are learned from.
        train: Pairs of these cases.
        val: Pairs of the split "val", to choose the best epoch by; possibly none.
        views: View of each modality.
        notes: Notes for the user about the corpus.
    """

    part: CorpusPart
    train: ImageTextPairs
    val: ImageTextPairs
    views: Mapping[str, View]
    notes: tuple[str, ...]

    @property
    def varied_views(self) -> dict[str, View]:
        """The views for learning: their random variants are mirrored where nothing learned tells left from right."""
        flip = not has_laterality(self.train.cases)
        return {
            name: replace(view, augmentation=replace(view.augmentation, flip=flip)) for name, view in self.views.items()
        }


def find_data(corpus: Corpus, config: AlignConfig, start: PretrainedParts) -> AlignData:
    """Pairs of a corpus that `config` asks for; a corpus without splits is all "train".

    Args:
        corpus: The corpus.
        config: Settings that name modalities, passages and label.
        start: Pretrained parts, whose views go before those of the settings.

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


def find_known(corpus: Corpus, views: Mapping[str, View]) -> ImageTextPairs:
    """Pairs of the split "val" of a corpus, or of all of it where it has no splits.

    Raises:
        TrainingError: no case with a text and an image that the views read.
    """
    part = CorpusPart.to_learn_from(corpus)
    pairs = find_pairs((part.held_out or part).cases(), modalities=list(views), columns=None)
    if not len(pairs):
        msg = f"expected cases with a text and an image of {', '.join(views)} in {(part.held_out or part).where}"
        raise TrainingError(f"{msg}, found none; images go by the name of their modality")
    return pairs


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
    columns = sorted({passage.source for case in part.corpus for passage in case.statements})
    wanted = f" from {', '.join(config.text_columns)}" if config.text_columns else ""
    return (
        f"expected at least two cases with an image and a text{wanted} in {part.where}, found fewer; its texts come "
        f"from {', '.join(columns) or 'nowhere'}. Build the corpus with --text-column, or choose among these"
    )


def _words(case: Case, columns: Sequence[str] | None) -> Iterator[str]:
    if case.statements or columns is not None:
        return (passage.text for passage in case.texts if passage.is_from(columns))
    return (turn.statement for turn in case.turns)
