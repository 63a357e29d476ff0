"""`SegmentJob`: a segmenter with the cases that it learns from, and its training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import TrainingError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.kept_token_maps import KeptTokenMaps
from lexiscope.features.processes import process_state
from lexiscope.features.towers import fingerprint
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.ood_detector import OodDetector
from lexiscope.models.parts.segmenter import SegmenterContent, Structure
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.training.loop.loop import Validation, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.segment.build import build_segmenter
from lexiscope.training.segment.calibration import Gate, calibrate
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.layout import Layout, choose_layout
from lexiscope.training.segment.out_of_distribution import measure_training
from lexiscope.training.segment.profiles import learn_profiles
from lexiscope.training.segment.prompts import Prompts
from lexiscope.training.segment.rows import SegmentRows
from lexiscope.training.segment.step import SegmentStep
from lexiscope.training.segment.validation import validate_segmentation
from lexiscope.training.segment.variants import MEASURED, UNMEASURED, Variants, is_sided, mirror_axes
from lexiscope.training.stage import StageOutcome, StageRun
from lexiscope.views.case_store import CaseStore

_CALM = 0.1  # of the peak learning rate, for attention: at all of it, the tokens of all sentences became one
_EPOCHS = {2: 60, 3: 40}
_WORTH = 0.003  # DSC on held-out cases that mirrored copies must add: each axis doubles the time of a mask
_HELD_OUT = 24  # cases that an epoch is judged by, evenly taken


def prepare_segmentation(corpus: Corpus, model: ModelDirectory, config: SegmentConfig) -> "SegmentJob":
    """A segmenter with the cases of a corpus that have masks.

    Raises:
        TrainingError: no case with an image and a mask.
        UsageError: a structure or modality that no case has.
        WeightsError: no such pretrained weights.
    """
    part = CorpusPart.to_learn_from(corpus)
    structures = _structures(part, config)
    cases = _with_masks(part, structures, config)
    held_out = [] if part.held_out is None else _with_masks(part.held_out, structures, config)
    if not cases:
        raise _nothing_to_learn(part, config)
    layout = choose_layout(cases, config)
    segmenter = build_segmenter(layout, config, model)
    config = config.model_copy(update={"epochs": config.epochs or _EPOCHS[layout.grid.dims]})
    return SegmentJob(config, part, tuple(cases), tuple(held_out), structures, layout, segmenter)


@dataclass(frozen=True)
class SegmentJob:
    """A segmenter before it is trained, with the cases that it learns from; a `StageJob`.

    Args:
        config: Settings of the run, with a number of epochs.
        part: Cases that are learned from.
        cases: Those of them that have an image and a mask.
        held_out: Cases of the split "val" that have both.
        structures: Structures to learn.
        layout: Grid and window.
        segmenter: The network.
    """

    config: SegmentConfig
    part: CorpusPart
    cases: tuple[Case, ...]
    held_out: tuple[Case, ...]
    structures: tuple[str, ...]
    layout: Layout
    segmenter: Segmenter
    last_phase: None = None

    @property
    def notes(self) -> list[str]:
        """Windows and dimensions that were chosen, structures that not every case was searched for, a missing split."""
        window = " x ".join(map(str, self.layout.window))
        chosen = f"read in {self.layout.grid.dims} dimensions, in windows of {window}"
        unjudged = [] if self.held_out else ["no masks in the split val: the last epoch is kept"]
        return [chosen, *self._unsearched(), *unjudged]

    @property
    def record(self) -> Mapping[str, Any]:
        """Structures and layout."""
        return {"structures": list(self.structures), "grid": self.layout.grid.to_dict(), "window": self.layout.window}

    def identity(self) -> dict[str, str]:
        """Hash of the weights before training."""
        return {"weights": fingerprint(self.segmenter)}

    def train(self, run: StageRun, /) -> StageOutcome:
        """Train the segmenter, and keep the epoch whose DSC is best on the held-out cases."""
        config = self.config
        self.segmenter.to(process_state().device)
        step = SegmentStep(self.segmenter, agreement=config.agreement, distillation=config.distillation)
        self.maps.fill((*self.cases, *self.held_out), progress=run.progress)
        validate = None
        if self.held_out:
            some = self.held_out[:: max(1, len(self.held_out) // _HELD_OUT)]
            validate = partial(
                validate_segmentation,
                self.segmenter,
                some,
                self.store,
                self.maps,
                self.names,
                window=self.layout.window,
            )
        trained = train(
            step,
            self._optimizer(step),
            self.rows,
            folder=run.folder,
            key=run.key,
            config=config.loop(),
            validate=validate,
            progress=run.progress,
        )
        counts = {
            "cases": len(self.cases),
            "epochs": config.epochs,
            "structures": {name: sum(name in case.masks for case in self.cases) for name in self.structures},
            "parameters": self.segmenter.count_parameters(),
        }
        judged, mirrors = self._judged(validate)
        gates = calibrate(
            self.segmenter,
            self.held_out,
            self.store,
            self.maps,
            self.prompts,
            window=self.layout.window,
            mirrors=mirrors,
            seed=config.seed,
            progress=run.progress,
        )
        profiles = learn_profiles(self.part, self.structures, progress=run.progress)
        ood = measure_training(
            self.segmenter,
            self.store,
            training=self.cases,
            held_out=self.held_out,
            window=self.layout.window,
            progress=run.progress,
        )
        return StageOutcome(trained, judged, partial(self._save, gates, profiles, mirrors, ood=ood), counts)

    def _judged(self, validate: Callable[..., Validation] | None) -> tuple[Validation | None, tuple[int, ...]]:
        """What the kept epoch reaches, and the axes whose mirrored copies it is averaged over, where that helps."""
        if validate is None:
            return None, ()
        plain = validate()
        averaged = validate(mirrors=self._axes) if self._axes else plain
        return (averaged, self._axes) if averaged.score > plain.score + _WORTH else (plain, ())

    def _save(
        self,
        gates: Mapping[str, Gate],
        profiles: Mapping[str, dict[str, Any]],
        mirrors: tuple[int, ...],
        model: ModelDirectory,
        record: dict[str, Any],
        *,
        ood: OodDetector | None,
    ) -> None:
        structures = {
            name: Structure(
                tuple(self.prompts.sentences[number] for number in self.prompts.names[name]),
                threshold=gates[name].threshold,
                presence=gates[name].presence,
                cases=sum(name in case.masks for case in self.cases),
            )
            for name in self.structures
        }
        layout = self.layout
        asked = self.prompts.instructions if self.config.instructions else None
        content = SegmenterContent(
            self.segmenter,
            layout.grid,
            layout.window,
            structures,
            profiles,
            mirrors,
            ood,
            asked,
            self.prompts.elsewhere,
        )
        model.save("segmenter", content, record=record)

    def _optimizer(self, step: SegmentStep) -> torch.optim.Optimizer:
        config, tower = self.config, self.segmenter.trunk.tower
        return adamw(
            step,
            towers=() if tower is None else (tower,),
            lr=config.lr,
            tower_lr=config.slow_lr,
            weight_decay=config.weight_decay,
            others=[(part, _CALM * config.lr) for part in self.segmenter.decoder.calm_parts],
        )

    def _unsearched(self) -> list[str]:
        """Structures that nobody searched some cases for: whether they are there is not known, and so not learned."""
        missing = {name: sum(name not in case.masks for case in self.cases) for name in self.structures}
        some = ", ".join(f"{name} in {count}" for name, count in missing.items() if count)
        if not some:
            return []
        return [
            f"of {len(self.cases)} cases nobody searched for {some}: what is painted in images like those, asked for "
            "it, was not learned; where it is absent from them, build the corpus with `--annotated NAME`"
        ]

    @cached_property
    def store(self) -> CaseStore:
        """Prepared cases, kept beside the corpus."""
        corpus = self.part.corpus
        return CaseStore(corpus, corpus.path / ".views" / "cases", self.layout.grid)

    @cached_property
    def maps(self) -> KeptTokenMaps:
        """What a frozen tower says of the prepared images, kept beside the corpus; `fill` computes what is missing."""
        return KeptTokenMaps(self.segmenter, self.part.corpus, self.store)

    @cached_property
    def prompts(self) -> Prompts:
        """Sentences that training asks."""
        return Prompts.of(self.cases, self.structures, self.segmenter)

    @property
    def _axes(self) -> tuple[int, ...]:
        """Axes that windows are mirrored along, in training and perhaps after it."""
        return mirror_axes(dims=self.layout.grid.dims, volumes=self.layout.volumes, sided=is_sided(self.structures))

    @cached_property
    def names(self) -> dict[str, Tensor]:
        """Vector of each structure's plain name."""
        return {name: self.prompts.vectors[self.prompts.names[name][0]] for name in self.structures}

    @cached_property
    def rows(self) -> SegmentRows:
        """Windows that training reads; another training on the very same ones may take them."""
        config, dims = self.config, self.layout.grid.dims
        return SegmentRows(
            self.cases,
            self.store,
            self.maps,
            self.structures,
            self.prompts,
            self.layout.window,
            config.context,
            max(config.windows, config.batch),
            config.foreground,
            config.absent,
            config.instructions,
            config.modality_dropout if len(self.layout.grid.channels) > 1 else 0.0,
            Variants(config.augment, dims, self._axes, UNMEASURED if self.layout.grid.spacing is None else MEASURED),
            config.seed,
            whole=config.distillation > 0,
        )


def _structures(part: CorpusPart, config: SegmentConfig) -> tuple[str, ...]:
    names = sorted({name for case in part.cases() for name in case.masks})
    unknown = [name for name in config.structures or () if name not in names]
    if unknown:
        has = ", ".join(names) or "no masks"
        raise UsageError(f"no mask of {', '.join(unknown)} in {part.where}, which has {has}; choose among these")
    return config.structures or tuple(names)


def _nothing_to_learn(part: CorpusPart, config: SegmentConfig) -> TrainingError:
    wanted = f" of {' or '.join(config.modalities)}" if config.modalities else ""
    has = sorted({name for case in part.cases() for name in case.images})
    msg = f"expected cases with an image{wanted} and a mask in {part.where}, found none"
    msg = f"{msg}; its images: {', '.join(has) or 'none'}"
    if config.modalities and not set(config.modalities) & set(has):
        return TrainingError(f"{msg}; choose among these with --modality")
    return TrainingError(f"{msg}; build the corpus with the label images beside the images")


def _with_masks(part: CorpusPart, structures: tuple[str, ...], config: SegmentConfig) -> list[Case]:
    wanted = config.modalities
    return [
        case
        for case in part.cases()
        if any(name in case.masks for name in structures)
        and any(wanted is None or name in wanted for name in case.images)
    ]
