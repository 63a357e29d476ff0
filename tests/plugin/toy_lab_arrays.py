"""Those entries of `toy_lab` that need arrays or torch to be declared."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from lexiscope.core.progress import Progress
from lexiscope.core.strict_json import read_object
from lexiscope.corpus import Corpus
from lexiscope.index.edge import EdgeStore
from lexiscope.interpret.adapters.arrays import array_cases
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import Cases, Coalition, Outcome, Subject
from lexiscope.models.assistant.assistant import GeneratedAnswer
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.published.layouts import read_clip
from lexiscope.models.published.space import PublishedSpace
from lexiscope.models.towers.cnn import CNN
from lexiscope.models.weights import WeightsSource
from lexiscope.training.objectives.clip import Clip
from lexiscope.training.objectives.mlm import Mlm
from lexiscope.training.objectives.simclr import SimClr
from lexiscope.training.objectives.supcon import SupCon
from lexiscope.views.intensity import Intensity
from lexiscope.views.view import View


@dataclass(frozen=True, kw_only=True)
class ToyView(View):
    """One pixel: the mean of the picture, as a share of white."""

    kind: ClassVar[str] = "toy"

    channels: int = 1
    intensity: Intensity = field(default_factory=lambda: Intensity(mean=(0.0,), std=(1.0,)))

    @property
    def shape(self) -> tuple[int, ...]:
        """(c, y, x)."""
        return (self.channels, 1, 1)

    def _resample(self, pixels: Tensor, spacing: tuple[float, ...] | None) -> tuple[Tensor, Tensor]:
        mean = pixels.mean(dim=(-2, -1), keepdim=True)
        return mean, torch.ones_like(mean[:1])


class ToyStore(EdgeStore):
    """The embedded store in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "toy")


class ToyTower(CNN):
    """A small network by another name."""


def read_toy_space(source: WeightsSource) -> PublishedSpace:
    """A model of CLIP's layout in a folder of its own."""
    return read_clip(replace(source, path=source.path / "inside"))


@dataclass(frozen=True)
class ToyAssistant:
    """An assistant that says the same of everything; of the methods of `Assistant` those that the test calls."""

    says: str

    @classmethod
    def from_pretrained(cls, directory: Path) -> "ToyAssistant":
        """The assistant whose settings lie in a folder."""
        return cls(read_object(directory / "config.json")["says"])

    def say(self, image_tokens: Any, prompts: Sequence[str], *, max_tokens: int = 64) -> list[GeneratedAnswer]:
        """The same to each prompt."""
        return [GeneratedAnswer(self.says, 0.0, 1) for _ in prompts]


class ToyObjective(Clip):
    """CLIP by another name."""

    def forward(self, pairs: Any) -> Any:
        """Losses that say whose they are."""
        return {f"toy_{name}": loss for name, loss in super().forward(pairs).items()}


class ToyImageObjective(SimClr):
    """SimCLR by another name."""


class ToyTextObjective(Mlm):
    """Masked language modelling by another name."""


class ToyLabelObjective(SupCon):
    """Supervised contrast by another name."""

    def forward(self, *batch: Any, **keys: Any) -> Any:
        """Losses that say whose they are."""
        return {f"toy_{name}": loss for name, loss in super().forward(*batch, **keys).items()}


def open_toy(model: ModelDirectory, corpus: Corpus, split: str, *, seed: int) -> list[tuple[Subject, Cases[Any]]]:
    """The toy part as a subject of one input: sure of the tone on its side of the threshold."""
    if not model.has("toy"):
        return []
    threshold = model.load("toy").value
    cases = list(corpus.cases(split))
    grey = np.array([case.attributes["brightness"] for case in cases], dtype=float) / 255
    tones = [case.attributes["tone"] for case in cases]
    return [(ToySubject(threshold), array_cases({"grey": grey}, tones, classes=["dark", "bright"], split=split))]


@dataclass(frozen=True)
class ToySubject:
    """Tells dark from bright."""

    threshold: float
    name: str = "toy"
    fingerprint: str = "toy"
    inputs: tuple[str, ...] = ("grey",)
    fusion: str | None = None
    score: str = "probability of the tone"

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """Sure where the picture is there."""
        bright = np.array([item["grey"] > self.threshold for item in cases.items])
        sure = np.where(bright == cases.truth, 1.0, 0.0)
        return [Outcome(sure if "grey" in one.kept else np.full(len(cases), 0.5)) for one in coalitions]


def toy_method(subject: Subject, cases: Cases[Any], *, seed: int = 0, progress: Progress | None = None) -> Result:
    """Mean score with everything there; nothing is drawn and nothing takes long."""
    (outcome,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    rows = [{"inputs": ", ".join(subject.inputs), subject.score: float(outcome.score.mean())}]
    return Result("toy", "How well does it do?", rows, assumes="nothing", cannot_tell="why", about={"seed": seed})
