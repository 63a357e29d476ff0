"""`AlignJob`: a joint space with the pairs that it learns from, and its training."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.processes import process_state
from lexiscope.features.towers import Features, compute_features, fingerprint
from lexiscope.models.build import build_joint_space, in_own_colours
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.models.ood_detector import OodDetector
from lexiscope.models.published.start_record import start_record
from lexiscope.models.text_scratch import text_from_scratch
from lexiscope.training.align.config import IMAGE_TOWER, TEXT_TOWER, AlignConfig
from lexiscope.training.align.data import AlignData, find_data, find_known
from lexiscope.training.align.heads import solve_heads, standardise_heads
from lexiscope.training.align.interpolation import HeldOut, MixedWithStart, Weights, mix_with_start
from lexiscope.training.align.out_of_distribution import measure_training
from lexiscope.training.align.pretrained import PretrainedParts, find_pretrained, take_published
from lexiscope.training.align.rows import AlignRows, Pixels
from lexiscope.training.align.step import AlignStep
from lexiscope.training.align.validation import validate_alignment
from lexiscope.training.loop.checkpoint import checkpoint_key
from lexiscope.training.loop.loop import train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.objectives import LABEL_OBJECTIVES, OBJECTIVES
from lexiscope.training.objectives.supcon import SupCon
from lexiscope.training.stage import StageOutcome, StageRun
from lexiscope.views import ViewCache


def prepare_alignment(corpus: Corpus, model: ModelDirectory, config: AlignConfig) -> "AlignJob":
    """A joint space of pretrained parts and new ones, with the pairs of a corpus that it learns from.

    Raises:
        TrainingError: fewer than two cases with an image and a text.
        WeightsError: no such pretrained weights.
        UsageError: settings that make no sense together.
        ViewError: a modality that no case has.
        ModelError: more blocks to open than the tower has.
    """
    start = (
        find_pretrained(model, config) if config.published is None else take_published(corpus, config.published, config)
    )
    if start.encoder is not None:
        config = config.model_copy(update={"fusion": config.fusion or start.encoder.config.fusion})
    if start.published is not None:
        own = start.published.settings
        unset = {name: value for name, value in own.items() if name not in config.model_fields_set}
        config = config.model_copy(update=unset)
    data = find_data(corpus, config, start)
    space = _build(data, config, start)
    if not start.views:
        data = replace(data, views=in_own_colours(space.image, data.views))
    if config.open_blocks is not None or not config.trains_towers:
        space.freeze_towers()
    if config.open_blocks is not None:
        space.image.open_last_blocks(config.open_blocks)
    return AlignJob(config, data, space, replace(start, published=None))


@dataclass(frozen=True)
class AlignJob:
    """A joint space before it is trained, with the pairs that it learns from; a `StageJob`.

    Args:
        config: Settings, with the fusion of a pretrained encoder or the settings of a published start filled in.
        data: Pairs to learn from and to choose the best epoch by, and the views of their images.
        space: The joint space.
        start: The pretrained parts that it was built of.
    """

    config: AlignConfig
    data: AlignData
    space: JointSpace
    start: PretrainedParts
    last_phase: None = None

    @property
    def part(self) -> CorpusPart:
        """Cases that are learned from."""
        return self.data.part

    @property
    def notes(self) -> list[str]:
        """Origins of the towers, and splits or pairs that the corpus lacks."""
        published = self.config.published
        begun = [] if published is None else [f"started from {published}, with its own towers and projections"]
        chosen = [origin["chosen"] for origin in self.space.config.weights if "chosen" in origin]
        return [*begun, *self.start.notes(), *chosen, *self.data.notes]

    @property
    def record(self) -> Mapping[str, Any]:
        """The pretrained parts that the space was built of."""
        return {"started_from": self.start.records}

    def identity(self) -> dict[str, str]:
        """Hash of the weights before training, and of the corpus of what must not be lost."""
        keep = self.config.keep
        known = {} if keep is None else {"keep": Corpus.open(keep).version}
        return {"weights": fingerprint(self.space), **known}

    def train(self, run: StageRun, /) -> StageOutcome:
        """Compute features where towers stay as they are, start the heads, and train."""
        config, data = self.config, self.data
        self.space.to(process_state().device)
        inputs = self._features(run.progress) if config.keeps_features else self._pixels(self.part.corpus)
        varied = replace(inputs, views=data.varied_views) if isinstance(inputs, Pixels) else inputs
        if checkpoint_key(run.folder / "checkpoint.safetensors") != run.key:  # a checkpoint holds the start already
            self._start_heads(inputs, run.progress)
        step, known = self._step(), self._known(run.progress)
        before = None if config.published is None else Weights.of(self.space)
        validate = partial(validate_alignment, step, data.val, inputs, label=config.label) if len(data.val) else None
        trained = train(
            step,
            adamw(
                self.space,
                towers=(self.space.image.towers, self.space.text),
                lr=config.head_lr,
                tower_lr=config.tower_lr,
                weight_decay=config.weight_decay,
            ),
            self._rows(varied),
            folder=run.folder,
            key=run.key,
            config=config.loop(),
            validate=validate,
            progress=run.progress,
        )
        held_out = HeldOut(data.val, inputs)
        mixed = None if before is None else mix_with_start(step, held_out, before=before, known=known)
        counts = {"cases": len(data.train), "texts": len(data.train.all_texts()), "epochs": config.epochs}
        judged = validate() if validate else None
        ood = measure_training(
            self.space.eval(),
            self.part.corpus,
            training=data.train.cases,
            held_out=data.val.cases,
            views=data.views,
            seed=config.seed,
            progress=run.progress,
        )
        notes = () if mixed is None else (mixed.in_words,)
        return StageOutcome(trained, judged, partial(self._save, ood, mixed), counts, notes)

    def _save(
        self, ood: OodDetector | None, mixed: MixedWithStart | None, model: ModelDirectory, record: dict[str, Any]
    ) -> None:
        if mixed is not None and self.config.published is not None:
            record = {**record, "start": start_record(self.config.published, mixed.weight)}
        model.save_joint(self.space, views=self.data.views, record=record, ood=ood)

    def _features(self, progress: Progress | None) -> Features:
        """Features of every image and text of the pairs, from the towers as they are now."""
        train, val, views = self.data.train, self.data.val, self.data.views
        texts = [*train.all_texts(), *val.all_texts()]
        cases = (*train.cases, *val.cases)
        return compute_features(self.space, self.part.corpus, cases=cases, texts=texts, views=views, progress=progress)

    def _pixels(self, corpus: Corpus) -> Pixels:
        return Pixels(corpus, self.data.views, ViewCache(corpus.path / ".views"))

    def _known(self, progress: Progress | None) -> HeldOut | None:
        """Pairs on which a published start must not get worse; None where no corpus of such is named."""
        if self.config.keep is None:
            return None
        corpus = Corpus.open(self.config.keep)
        pairs, views = find_known(corpus, self.data.views), self.data.views
        if not self.config.keeps_features:
            return HeldOut(pairs, self._pixels(corpus))
        texts = pairs.all_texts()
        kept = compute_features(self.space, corpus, cases=pairs.cases, texts=texts, views=views, progress=progress)
        return HeldOut(pairs, kept)

    def _start_heads(self, inputs: Features | Pixels, progress: Progress | None) -> None:
        """Mean and spread of the heads' inputs, and the heads themselves where they are solved in closed form."""
        if self.config.published is not None:
            return  # its projections read features as they are
        if not self.config.starts_solved:
            standardise_heads(self.space, self.data.train, inputs)
            return
        features = inputs if isinstance(inputs, Features) else self._features(progress)  # of towers that train later on
        standardise_heads(self.space, self.data.train, features)
        solve_heads(self.space, self.data.train, features)

    def _step(self) -> AlignStep:
        config = self.config
        return AlignStep(
            self.space,
            OBJECTIVES.load(config.objective)(spare_group=config.spare_group),
            kept=config.keeps_features,
            chunk=config.chunk,
            labels=self._label_objective() if config.label else None,
        )

    def _label_objective(self) -> SupCon:
        config = self.config
        objective: SupCon = LABEL_OBJECTIVES.load(config.label_objective)(
            weight=config.label_weight, temperature=config.label_temperature
        )
        return objective

    def _rows(self, inputs: Features | Pixels) -> AlignRows:
        config, from_pixels = self.config, not self.config.keeps_features
        return AlignRows(
            self.data.train,
            inputs,
            seed=config.seed,
            every_passage=config.passages == "all",
            augment=config.augment and from_pixels,
            dropout=config.modality_dropout if from_pixels and len(self.data.views) > 1 else 0.0,
            label=config.label,
        )


def _build(data: AlignData, config: AlignConfig, start: PretrainedParts) -> JointSpace:
    if start.published is not None:
        space = start.published.joint_space(data.views)
        if config.temperature is not None:
            space.logit_scale.data.fill_(-math.log(config.temperature))
        return space
    scratch = config.text == "bert"
    return build_joint_space(
        data.views,
        image=config.image or IMAGE_TOWER,
        text=config.text or TEXT_TOWER,
        fusion=config.fusion,
        readout=config.readout,
        head=config.head,
        text_levels=config.text_levels,
        text_tower=text_from_scratch(data.train.all_texts(), seed=config.seed) if scratch else start.text,
        text_head=config.text_head,
        encoder=start.encoder,
        origins=start.origins(),
        temperature=config.temperature or OBJECTIVES.load(config.objective).start_temperature,
        allow_download=config.allow_download,
        seed=config.seed,
    )
