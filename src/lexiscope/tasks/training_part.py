"""`training_part`: the cases that a model learned from, for tasks that compare with them."""

from pathlib import Path

from lexiscope.core.errors import CorpusError, ModelError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.published.start_record import untrained_start


def training_part(
    model: ModelDirectory, corpus: Corpus | Path | str | None = None, *, part: str | None = None
) -> CorpusPart:
    """Part of a corpus to learn from: of the corpus named, or of the one that a model was trained on.

    Args:
        model: The model.
        corpus: Corpus in place of the one trained on; of its splits "train" counts.
        part: Part of the model whose training counts; see `ModelDirectory.record`.

    Raises:
        CorpusError: no corpus at `corpus`.
        ModelError: the corpus trained on is not recorded, or not there any more.
    """
    if corpus is not None:
        return CorpusPart.to_learn_from(Corpus.of(corpus))
    trained = model.record(part).get("trained_on")
    if trained is None:
        untrained = untrained_start(model.record(part))
        lacks = "does not say what it was trained on"
        msg = f"{model.path} {lacks if untrained is None else f'is {untrained} as published, trained on no corpus'}"
        raise ModelError(f"{msg}; name a corpus with --learned-from CORPUS")
    try:
        return CorpusPart(Corpus.open(trained["path"]), trained["split"])
    except CorpusError as error:
        msg = f"the corpus that {model.path} was trained on is no longer at {trained['path']}"
        raise ModelError(f"{msg}; put it back there, or name one with --learned-from CORPUS") from error
