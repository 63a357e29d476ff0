"""`PublishedSettings`: what an assistant on a published vision-language model adds to that model's own settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from lexiscope.core.errors import LexiscopeError, ModelError
from lexiscope.core.files import write_json
from lexiscope.core.strict_json import read_object
from lexiscope.models.assistant.denormalisation import Denormalisation
from lexiscope.models.assistant.token_plan import TokenPlan

MODEL_TYPE = "lexiscope-published"
_FILE = "config.json"


@dataclass(frozen=True, slots=True)
class PublishedSettings:
    """Settings of a `PublishedAssistant`.

    Args:
        plan: Tokens of the joint space that classifier and captions read; its `slices` are the pictures of a volume.
        denormalisations: Modality -> way back from its prepared pixels to pictures.
        frames: Modality -> number of pictures and their height and width.
        adapter: Settings of PEFT's `LoraConfig`; None trains the language model itself.
        bf16: Answer in bfloat16, the precision of training; the saved weights are float32.
        weights: Origin of the model, for the model card.
    """

    plan: TokenPlan
    denormalisations: Mapping[str, Denormalisation]
    frames: Mapping[str, tuple[int, int, int]]
    adapter: Mapping[str, Any] | None = None
    bf16: bool = False
    weights: tuple[Mapping[str, str], ...] = field(default=())

    def save(self, folder: Path) -> None:
        """Write the settings into a directory, as JSON."""
        write_json(folder / _FILE, {"model_type": MODEL_TYPE, **asdict(self)})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The settings in a directory.

        Raises:
            ModelError: they are missing or damaged.
        """
        try:
            saved = read_object(folder / _FILE)
            return cls(
                TokenPlan(**saved["plan"]),
                {
                    name: Denormalisation(one["kind"], tuple(one["mean"]), tuple(one["std"]))
                    for name, one in saved["denormalisations"].items()
                },
                {name: (int(n), int(y), int(x)) for name, (n, y, x) in saved["frames"].items()},
                saved["adapter"],
                bool(saved["bf16"]),
                tuple(saved["weights"]),
            )
        except (LexiscopeError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            msg = f"the settings in {folder / _FILE} are damaged ({type(error).__name__}: {error})"
            raise ModelError(f"{msg}; train or copy them again") from error
