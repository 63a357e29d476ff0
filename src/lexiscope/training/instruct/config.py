"""`InstructConfig`: every choice of `train instruct`; the Python call, a YAML file and the command line all fill it."""

from typing import Any, ClassVar

from pydantic import Field

from lexiscope.models.assistant.language import SCRATCH
from lexiscope.training.settings import StageSettings

_ADAPTER = {"lora_alpha": 32, "lora_dropout": 0.05}
_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class InstructConfig(StageSettings):
    """How to make an assistant out of an aligned model; the defaults are one recipe for every corpus.

    Args:
        language: The language model: "tiny" from scratch, "smollm2", a hub name or a directory. None takes "smollm2"
            with an adapter and "tiny" without. One that sees by itself (LLaVA, Idefics3, SmolVLM) is tuned with its own
            eyes, which stay as they are: `level`, `side` and the stage of the projector mean nothing to it.
        lora: Train a low-rank adapter beside the language model instead of the model itself.
        rank: Of the adapter.
        level: Level of the image tower whose places are read; see `models.assistant.tokens`.
        side: Places of an image are averaged to side x side.
        slices: Slices of a volume are averaged to so many.
        text_columns: Which passages to learn to write, by source column or kind; all that describe images when None.
        per_case: Lessons of one case that the language model learns from, drawn by the seed; all when None.
        evidence: Similar cases that the assistant may read beside a question; 0 answers from the image alone.
        evidence_dropout: Share of the lessons that come without evidence, so that it also answers without any.
        context_dropout: Share of the lessons that come without what is written of the case; where something is, the
            others are told some of it, never the sentences that the answer rests on.
        reranker_epochs: Passes over the lessons that train the re-ranker of evidence.
        modality_dropout: Chance that a modality of a case is withheld in a step; one always stays.
        projector_epochs: Passes over the lessons that train the projector alone, before the language model joins in; a
            language model from scratch has nothing to be spared and skips this stage.
        projector_lr: Peak learning rate of that stage.
        epochs: Passes over the lessons. None takes 20 for a language model from scratch and 2 for a pretrained one.
        batch: Lessons a step, over all processes together.
        lr: Peak learning rate. None takes 1e-3 from scratch, 2e-4 for an adapter, 2e-5 for a whole pretrained model.
        weight_decay: AdamW's, on weight matrices alone.
        warmup: Part of the steps over which the learning rate rises.
        clip_norm: Longest gradient that is not shortened.
        bf16: Compute in bfloat16 where that is safe.
        gradient_checkpointing: Compute the language model's layers again on the way back instead of keeping them: a
            third more time for a fraction of the memory.
        patience: Epochs without a better validation loss before stopping; None never stops early.
        seed: The only source of chance.
        checkpoint_seconds: Time between checkpoints.
        allow_download: Fetch weights by hub name when they are nowhere on this machine.
    """

    no_effect: ClassVar[frozenset[str]] = StageSettings.no_effect | {"gradient_checkpointing"}

    language: str | None = None
    lora: bool = False
    rank: int = Field(default=16, ge=1)
    level: int = -4
    side: int = Field(default=4, ge=1)
    slices: int = Field(default=2, ge=1)
    text_columns: tuple[str, ...] | None = None
    per_case: int | None = Field(default=None, ge=1)
    evidence: int = Field(default=3, ge=0)
    evidence_dropout: float = Field(default=0.5, ge=0, le=1)
    context_dropout: float = Field(default=0.5, ge=0, le=1)
    reranker_epochs: int = Field(default=2, ge=1)
    modality_dropout: float = Field(default=0.1, ge=0, lt=1)
    projector_epochs: int = Field(default=1, ge=0)
    projector_lr: float = Field(default=1e-3, gt=0)
    epochs: int | None = Field(default=None, ge=1)
    batch: int = Field(default=16, ge=1)
    lr: float | None = Field(default=None, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    warmup: float = Field(default=0.1, ge=0, le=1)
    clip_norm: float = Field(default=1.0, gt=0)
    bf16: bool = False
    gradient_checkpointing: bool = False
    patience: int | None = Field(default=3, ge=1)
    seed: int = 0
    checkpoint_seconds: float = Field(default=60.0, ge=0)
    allow_download: bool = False

    @property
    def language_name(self) -> str:
        """The language model's name."""
        return self.language or ("smollm2" if self.lora else SCRATCH)

    @property
    def from_scratch(self) -> bool:
        """Whether the language model knows nothing yet."""
        return self.language_name == SCRATCH

    @property
    def adapter(self) -> dict[str, Any] | None:
        """Settings of PEFT's `LoraConfig`."""
        return {"r": self.rank, "target_modules": list(_TARGETS), **_ADAPTER} if self.lora else None

    @property
    def passes(self) -> int:
        """Passes over the lessons."""
        return self.epochs or (20 if self.from_scratch else 2)

    @property
    def language_lr(self) -> float:
        """Peak learning rate of the language model or its adapter, and of the projector beside it."""
        return self.lr or (1e-3 if self.from_scratch else 2e-4 if self.lora else 2e-5)
