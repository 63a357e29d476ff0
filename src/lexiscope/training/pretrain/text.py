"""Masked language modelling on a corpus's own texts: what `pretrain` runs for the text objectives."""

from collections.abc import Sequence
from typing import Any

import torch

from lexiscope.core.errors import ModelError, TrainingError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.build import seeded
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.text import TextTower
from lexiscope.models.text_scratch import text_from_scratch
from lexiscope.models.weights import resolve
from lexiscope.training.objectives import TEXT_OBJECTIVES
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.job import PretrainJob
from lexiscope.training.pretrain.text_rows import TextRows

_MASKS = ("[MASK]", "<mask>")


def text_job(corpus: Corpus, config: PretrainConfig) -> PretrainJob:
    """Text tower with its objective, and the texts of a corpus as rows.

    Args:
        corpus: The corpus to learn from.
        config: Settings of the run.

    Raises:
        TrainingError: fewer than two different texts.
        WeightsError: no such pretrained weights.
        ModelError: the tower's tokenizer has no piece that hides another.
    """
    part = CorpusPart.to_learn_from(corpus)
    texts = _texts(part, config)
    held_out = [] if part.held_out is None else sorted(set(_texts(part.held_out, config)) - set(texts))
    if len(texts) < 2:
        msg = f"expected at least two different texts in {corpus.path}, found {len(texts)}"
        raise TrainingError(f"{msg}; build the corpus with --text-column, or choose other --text-column here")
    tower, origins = _tower(texts, config)
    rows = _rows(tower, texts, config)
    frequency = torch.bincount(torch.tensor([piece for ids in rows.ids for piece in ids]), minlength=rows.vocabulary)
    with seeded(config.seed + 1):  # not the tower's draws again
        module = TEXT_OBJECTIVES.load(config.objective)(tower, frequency=frequency.float())

    def save(model: ModelDirectory, record: dict[str, Any]) -> None:
        model.save_text(tower, record=record)

    return PretrainJob(
        name="text",
        config=config,
        module=module,
        towers=(tower,),
        rows=rows,
        held_out=_rows(tower, held_out, config) if held_out else None,
        cases=len(texts),
        part=part,
        weights=origins,
        save=save,
        notes=() if part.split else ("the corpus has no splits, so all of its texts were trained on",),
    )


def _texts(part: CorpusPart, config: PretrainConfig) -> list[str]:
    texts = (passage.text for case in part.cases() for passage in case.texts if passage.is_from(config.text_columns))
    return list(dict.fromkeys(texts))


def _tower(texts: Sequence[str], config: PretrainConfig) -> tuple[TextTower, list[dict[str, str]]]:
    if config.tower in (None, "bert"):
        return text_from_scratch(texts, seed=config.seed), []
    source = resolve(str(config.tower), allow_download=config.allow_download)
    return TextTower.load(source), [source.to_dict()]


def _rows(tower: TextTower, texts: Sequence[str], config: PretrainConfig) -> TextRows:
    tokenizer = tower.tokenizer
    assert tokenizer is not None
    mask_id = next((piece for name in _MASKS if (piece := tokenizer.token_to_id(name)) is not None), None)
    if mask_id is None:
        msg = f"expected a tokenizer with one of {', '.join(_MASKS)}, which {config.tower} lacks"
        raise ModelError(f"{msg}; take the tower 'bert' or another that was trained on masked words")
    encoded = tokenizer.encode_batch(list(texts))
    special = {
        piece
        for text in encoded
        for piece, is_special in zip(text.ids, text.special_tokens_mask, strict=True)
        if is_special
    }
    return TextRows(
        ids=[text.ids for text in encoded],
        special=frozenset(special),
        mask_id=mask_id,
        padding=tower.model.config.pad_token_id or 0,
        vocabulary=tower.model.config.vocab_size,
        seed=config.seed,
        share=config.mask or TextRows.share,
    )
