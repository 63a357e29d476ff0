"""Self-supervised training of an image encoder: what `pretrain` runs for the image objectives."""

from typing import Any

from lexiscope.core.errors import TrainingError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.models.build import build_encoder, in_own_colours, seeded
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.objectives import IMAGE_OBJECTIVES
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.image_rows import PretrainRows, find_rows
from lexiscope.training.pretrain.job import PretrainJob
from lexiscope.views import Augmentation, ViewCache


def image_job(corpus: Corpus, config: PretrainConfig) -> PretrainJob:
    """Encoder with its objective, and the images of a corpus as rows.

    Args:
        corpus: The corpus to learn from.
        config: Settings of the run.

    Raises:
        TrainingError: fewer than two cases with an image.
        WeightsError: no such pretrained weights.
        UsageError: no such objective.
        ModelError: tower, views and objective do not fit together.
    """
    objective = IMAGE_OBJECTIVES.load(config.objective)
    views = config.views(corpus)
    own_tower, own_settings = objective.tower
    encoder, origins = build_encoder(
        views,
        tower=config.tower or own_tower,
        tower_settings=config.tower_settings or (own_settings if config.tower is None else {}),
        fusion=config.fusion,
        shared=config.shared,
        readout=config.readout,
        seed=config.seed,
        allow_download=config.allow_download,
    )
    views = in_own_colours(encoder, views)
    options: dict[str, Any] = config.model_dump(include=set(objective.options), exclude_none=True)
    with seeded(config.seed + 1):  # not the encoder's draws again
        module = objective(encoder, **options)
    part = CorpusPart.to_learn_from(corpus)
    train = _rows(part, views, config, objective)
    held_out = None if part.held_out is None else _rows(part.held_out, views, config, objective)
    if len(train.cases) < 2:
        msg = f"expected at least two cases with an image in {corpus.path}, found {len(train.cases)}"
        raise TrainingError(f"{msg}; add images, or split the corpus anew")

    chosen = [origin["chosen"] for origin in origins if "chosen" in origin]
    unsplit = [] if part.split else ["the corpus has no splits, so all of its images were trained on"]

    def save(model: ModelDirectory, record: dict[str, Any]) -> None:
        model.save_image(encoder, views=views, record=record)

    return PretrainJob(
        name="image",
        config=config,
        module=module,
        towers=(encoder,),
        rows=train,
        held_out=held_out if held_out is not None and len(held_out.cases) > 1 else None,
        cases=len(train.cases),
        part=part,
        weights=origins,
        save=save,
        notes=(*chosen, *unsplit),
    )


def _rows(part: CorpusPart, views: Any, config: PretrainConfig, objective: Any) -> PretrainRows:
    cases, places, groups = find_rows(list(part.cases()), views)
    dropout = objective.modality_dropout if config.modality_dropout is None else config.modality_dropout
    return PretrainRows(
        corpus=part.corpus,
        views=views,
        cache=ViewCache(part.corpus.path / ".views"),
        cases=cases,
        places=places,
        groups=groups,
        seed=config.seed,
        variants=objective.variants,
        augmentation=Augmentation(flip=config.flip, crop=config.crop, intensity=config.intensity),
        dropout=dropout if len(views) > 1 else 0.0,
    )
