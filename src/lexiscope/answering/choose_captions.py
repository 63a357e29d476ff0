"""`choose_captions`: which writer of captions a model uses, weighed on held-out cases by what captions state."""

from collections.abc import Mapping, Sequence

import numpy as np

from lexiscope.answering.captioning import CaptionPipeline, CaptionWriter, SeenCases
from lexiscope.corpus.wording import normalise, word_overlap
from lexiscope.language.text.stated_attributes import DescribedCase, StatedAttributes, attribute_accuracy
from lexiscope.models.assistant.captions import WRITERS, CaptionChoice


def choose_captions(
    writers: Sequence[CaptionWriter],
    held_out: Sequence[DescribedCase],
    seen: SeenCases,
    *,
    reader: StatedAttributes,
    typical: str,
) -> CaptionChoice:
    """Order of the writers by the share of stated attributes that they get right on held-out cases.

    Where captions state no attribute, by the words that they share with the reference. Of equals, and without held-out
    cases, the first in the order of `WRITERS` comes first: a caption whose clauses have evidence before one without.

    Args:
        writers: Writers to choose from, each of them with something to say.
        held_out: Held-out cases with their captions.
        seen: The same cases as the model sees them.
        reader: Attributes that captions are read for.
        typical: Caption that can be given without looking.
    """
    names = [name for name in WRITERS if name in {writer.name for writer in writers}]
    if not held_out:
        return CaptionChoice(tuple(names), typical=typical)
    captions = {writer.name: [one.text for one in CaptionPipeline([writer]).write(seen)] for writer in writers}
    measured_by, scores = _scored(captions, held_out, reader)
    order = sorted(names, key=lambda name: -scores[name])
    return CaptionChoice(tuple(order), scores, measured_by, len(held_out), typical)


def most_typical(captions: Sequence[str]) -> str:
    """Caption that shares most words with all others: what can be said without looking; empty without any.

    Example:
        >>> most_typical(["A fog.", "A red disc.", "A red square.", "A red ball."])
        'A red disc.'
    """
    texts = list(dict.fromkeys(captions))
    counts: dict[str, int] = {}
    for text in texts:
        for word in set(normalise(text).split()):
            counts[word] = counts.get(word, 0) + 1
    return max(texts, key=lambda text: _commonness(text, counts), default="")


def _scored(
    captions: Mapping[str, Sequence[str]], held_out: Sequence[DescribedCase], reader: StatedAttributes
) -> tuple[str, dict[str, float]]:
    accuracies = {name: attribute_accuracy(list(reader.facts(held_out, texts))) for name, texts in captions.items()}
    known = {name: accuracy for name, accuracy in accuracies.items() if accuracy is not None}
    if known:
        return "attribute_accuracy", known
    return "word_overlap", {name: _overlap(texts, held_out) for name, texts in captions.items()}


def _overlap(captions: Sequence[str], held_out: Sequence[DescribedCase]) -> float:
    pairs = zip(captions, held_out, strict=True)
    return float(np.mean([max(word_overlap(caption, one) for one in case.references) for caption, case in pairs]))


def _commonness(text: str, counts: Mapping[str, int]) -> float:
    words = set(normalise(text).split())
    return sum(counts[word] for word in words) / max(1, len(words))
