"""`CaptionModel`: who writes the captions of a model, weighed on held-out cases, and what it composes from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from lexiscope.core.files import write_json
from lexiscope.core.strict_json import read_object
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.attributes import PLACES, READOUT, AttributePredictor, LearnedAttribute, TokenScale
from lexiscope.models.saved import damaged, read_arrays

COMPOSED, NEAREST, DECODER, TYPICAL = "composed", "nearest", "decoder", "typical"
WRITERS = (COMPOSED, NEAREST, DECODER, TYPICAL)  # in this order where nothing tells them apart
BASELINES = (NEAREST, TYPICAL)  # what can be said without a look at the image, or by copying
_ARRAYS, _SETTINGS = "captions.safetensors", "captions.json"
_SLOTS = ("name", "values", "temperature")


@dataclass(frozen=True)
class CaptionChoice:
    """Writers of captions in the order in which they are asked, with what each was worth on held-out cases.

    Args:
        writers: Names of the writers, the first the one that writes; the next ones where it has nothing to say.
        scores: Writer -> its score on held-out cases; empty where there were none.
        measured_by: What the scores are: "attribute_accuracy", or "word_overlap" where captions state no attribute.
        cases: Number of held-out cases behind the scores.
        typical: Caption that shares most words with all others that were learned; empty without any.
    """

    writers: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=dict)
    measured_by: str = "attribute_accuracy"
    cases: int = 0
    typical: str = ""

    def __post_init__(self) -> None:
        if not self.writers or set(self.writers) - set(WRITERS) or len(set(self.writers)) < len(self.writers):
            raise ValueError(f"expected some of the writers {', '.join(WRITERS)}, got {self.writers}")

    @property
    def in_words(self) -> str:
        """The choice in one sentence.

        Example:
            >>> CaptionChoice(("typical", "decoder"), {"typical": 0.5, "decoder": 0.25}, cases=8).in_words
            'Captions are the most typical one; attribute accuracy on 8 held-out cases: typical 0.50, decoder 0.25.'
        """
        first = f"Captions are {_SAID[self.writers[0]]}"
        if not self.scores:
            return f"{first}; there were no held-out cases to weigh that by."
        scores = ", ".join(f"{name} {self.scores[name]:.2f}" for name in self.writers if name in self.scores)
        close = self.scores[self.writers[0]] < max(self.scores.values())
        within = " The best is not clearly better than the first." if close else ""
        return f"{first}; {self.measured_by.replace('_', ' ')} on {self.cases} held-out cases: {scores}.{within}"


_SAID = {
    COMPOSED: "composed from attributes",
    NEAREST: "those of the nearest case",
    DECODER: "decoded by the language model",
    TYPICAL: "the most typical one",
}


@dataclass(frozen=True)
class CaptionModel:
    """Everything that captions are written with beside the language model.

    Args:
        choice: Who writes.
        predictor: Attributes that captions are composed from; possibly none.
        plan: Image tokens of the joint space's encoder that the predictor reads.
    """

    choice: CaptionChoice
    predictor: AttributePredictor
    plan: TokenPlan

    def save(self, folder: Path) -> None:
        """Write it into a directory, as safetensors and JSON."""
        scale = self.predictor.scale
        arrays = {f"mean/{name}": mean for name, mean in scale.means.items()}
        arrays |= {f"std/{name}": std for name, std in scale.stds.items()}
        for number, attribute in enumerate(self.predictor.attributes):
            arrays |= {f"{number}/{part}": weight for part, weight in attribute.weights.items()}
            arrays |= {f"{number}/base": attribute.base, f"{number}/rates": attribute.rates}
        save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, folder / _ARRAYS)
        attributes = [{name: getattr(one, name) for name in _SLOTS} for one in self.predictor.attributes]
        apart = sorted(sorted(pair) for pair in self.predictor.contradictions)
        settings = {**asdict(self.choice), "plan": asdict(self.plan), "attributes": attributes, "contradictions": apart}
        write_json(folder / _SETTINGS, settings)

    @classmethod
    def load(cls, folder: Path) -> "CaptionModel | None":
        """The one in a directory; None where there is none, as in models made before captions were chosen.

        Raises:
            ModelError: it is damaged.
        """
        if not (folder / _SETTINGS).is_file():
            return None
        arrays = read_arrays(folder / _ARRAYS)
        try:
            made = _read(read_object(folder / _SETTINGS), arrays)
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(folder / _SETTINGS, "settings", f"{type(error).__name__}: {error}") from error
        if not _fits(made.predictor):
            raise damaged(folder / _ARRAYS, "weights", "their shapes or types do not fit together, or not the values")
        return made


def _read(settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> CaptionModel:
    choice = CaptionChoice(
        tuple(settings["writers"]),
        {str(name): float(score) for name, score in settings["scores"].items()},
        str(settings["measured_by"]),
        int(settings["cases"]),
        str(settings["typical"]),
    )
    scale = TokenScale(_named("mean/", arrays), _named("std/", arrays))
    attributes = tuple(
        LearnedAttribute(
            str(one["name"]),
            tuple(map(str, one["values"])),
            {part: arrays[f"{number}/{part}"] for part in (READOUT, PLACES) if f"{number}/{part}" in arrays},
            arrays[f"{number}/base"],
            arrays[f"{number}/rates"],
            float(one["temperature"]),
        )
        for number, one in enumerate(settings["attributes"])
    )
    plan = TokenPlan(**{name: int(value) for name, value in settings["plan"].items()})
    apart = frozenset(
        frozenset((str(name), str(value)) for name, value in pair) for pair in settings.get("contradictions", ())
    )
    return CaptionModel(choice, AttributePredictor(scale, attributes, apart), plan)


def _named(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _fits(predictor: AttributePredictor) -> bool:
    means, stds = predictor.scale.means, predictor.scale.stds
    weights = [array for one in predictor.attributes for array in (one.base, one.rates, *one.weights.values())]
    return (
        all(array.dtype == np.float32 for array in (*means.values(), *stds.values(), *weights))
        and means.keys() == stds.keys()
        and all(mean.ndim == 1 and mean.shape == stds[name].shape for name, mean in means.items())
        and all(bool((std > 0).all()) for std in stds.values())
        and all(_fits_values(one, predictor.scale) for one in predictor.attributes)
    )


def _fits_values(attribute: LearnedAttribute, scale: TokenScale) -> bool:
    values = len(attribute.values)
    return (
        values > 1
        and bool(attribute.weights)
        and all(weight.shape == (scale.width(part), values) for part, weight in attribute.weights.items())
        and attribute.base.shape == attribute.rates.shape == (values,)
        and bool((attribute.rates > 0).all())
        and 0 < attribute.temperature < np.inf
    )
