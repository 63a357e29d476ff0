"""`parts_that_learned_from`: where a model knows the cases that it is interpreted on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory


def parts_that_learned_from(model: ModelDirectory, corpus: Corpus, split: str) -> list[str]:
    """Parts of a model whose records say that they, or what they started from, learned from a split of a corpus.

    Records name the corpus by its place and by the hash of its content; either counts, since a corpus that grew or
    moved still holds what was learned.

    Args:
        model: The model.
        corpus: Corpus of the split.
        split: Name of the split.
    """
    return [
        name
        for name in model.parts()
        if any(_is_of(trained, corpus, split) for trained in _learned(model.record(name)))
    ]


def _learned(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    started = record.get("started_from", {}).values()
    return (part["trained_on"] for part in (record, *started) if part.get("trained_on"))


def _is_of(trained: Mapping[str, Any], corpus: Corpus, split: str) -> bool:
    same = trained["version"] == corpus.version or Path(trained["path"]) == corpus.path.resolve()
    return same and trained["split"] in (split, None)
