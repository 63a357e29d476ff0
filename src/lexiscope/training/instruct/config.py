"""`InstructConfig`: every setting of `train instruct`, importable without torch."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Flag
from lexiscope.training.settings import LoopSettings

_SCRATCH = "tiny"  # the name that `models.assistant.language` gives a language model from scratch
_ADAPTER = {"lora_alpha": 32, "lora_dropout": 0.05}
_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class InstructConfig(LoopSettings):
    """Settings of making an assistant out of an aligned model; the defaults are one recipe for every corpus.

    Args:
        language: Language model: "tiny" from scratch, "smollm2", a hub name or a directory. None takes "smollm2" with
            an adapter and "tiny" without.
        start: Published vision-language model to start from, in the place of a language model: a hub name or a
            directory (LLaVA, Idefics3, SmolVLM, Qwen2-VL, Qwen3-VL, Gemma 3, MedGemma and their like). It looks at the
            pictures themselves, its vision tower frozen; the stage of the projector is left out.
        lora: Train a low-rank adapter beside the language model instead of the model itself.
        rank: Rank of the adapter.
        level: Level of the image tower whose tokens are read, counted from its end where negative.
        side: Tokens of an image are averaged to side x side.
        slices: Slices of a volume are averaged to so many; of a published model, pictures of a volume that it looks at.
        text_columns: Passages to learn to write, by source column or kind; all that describe images when None.
        per_case: Examples of one case that the language model learns from, drawn by the seed; all when None.
        evidence: Similar cases that the assistant may read beside a question; 0 answers from the image alone.
        evidence_dropout: Share of the examples that come without evidence, so that it also answers without any.
        context_dropout: Share of the examples that come without what is written of the case; where something is, the
            others come with some of it, about as often without the sentences that the answer rests on as with them.
        reranker_epochs: Passes over the examples that train the re-ranker of evidence.
        modality_dropout: Probability that a modality of a case is withheld in a step; at least one stays.
        projector_epochs: Passes over the examples that train the projector alone, before the language model joins in; a
            language model from scratch has nothing to be spared and skips this.
        projector_lr: Peak learning rate while the projector trains alone.
        epochs: Passes over the examples. None takes 20 for a language model from scratch and 2 for a pretrained one.
        batch: Examples of a step, over all processes together.
        lr: Peak learning rate. None takes 1e-3 from scratch, 2e-4 for an adapter, 2e-5 for a whole pretrained model.
        gradient_checkpointing: Compute the language model's layers again on the way back instead of keeping them: a
            third more time for a fraction of the memory.

    Example:
        >>> InstructConfig(lora=True, evidence=0).rank
        16
    """

    no_effect: ClassVar[frozenset[str]] = LoopSettings.no_effect | {"gradient_checkpointing"}

    later: ClassVar[frozenset[str]] = frozenset({"start"})

    language: str | None = None
    start: str | None = None
    lora: bool = False
    rank: int = Field(default=16, ge=1)
    level: int = -4
    side: int = Field(default=4, ge=1)
    slices: int = Field(default=2, ge=1)
    text_columns: Annotated[tuple[str, ...] | None, Flag("--text-column")] = None
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
    gradient_checkpointing: bool = False
    patience: int | None = Field(default=3, ge=1)

    def check(self) -> None:
        """Refuse an adapter without a pretrained language model, and two models to start from.

        Raises:
            UsageError: an adapter beside a language model from scratch, or a language model beside a published one.

        Example:
            >>> InstructConfig(lora=True).check()  # beside "smollm2"
        """
        if self.start is not None and self.language is not None:
            msg = f"{self.start!r} has a language model of its own, got {self.language!r} beside it"
            raise UsageError(f"{msg}; give --start or --language")
        if self.lora and self.from_scratch:
            msg = f"an adapter needs a pretrained language model to stand beside, got {self.language_name!r}"
            raise UsageError(f"{msg}; name one such as 'smollm2', or train without lora")

    @property
    def language_name(self) -> str:
        """Name of the language model, or of the published model that holds it.

        Example:
            >>> InstructConfig().language_name, InstructConfig(lora=True).language_name
            ('tiny', 'smollm2')
        """
        return self.start or self.language or ("smollm2" if self.lora else _SCRATCH)

    @property
    def from_scratch(self) -> bool:
        """True where the language model starts from random weights.

        Example:
            >>> InstructConfig().from_scratch, InstructConfig(language="smollm2").from_scratch
            (True, False)
        """
        return self.language_name == _SCRATCH

    @property
    def adapter(self) -> dict[str, Any] | None:
        """Settings of PEFT's `LoraConfig`.

        Example:
            >>> InstructConfig(lora=True, rank=4).adapter["r"]
            4
        """
        return {"r": self.rank, "target_modules": list(_TARGETS), **_ADAPTER} if self.lora else None

    @property
    def passes(self) -> int:
        """Passes over the examples.

        Example:
            >>> InstructConfig().passes, InstructConfig(lora=True).passes
            (20, 2)
        """
        return self.epochs or (20 if self.from_scratch else 2)

    @property
    def language_lr(self) -> float:
        """Peak learning rate of the language model or its adapter, and of the projector beside it.

        Example:
            >>> InstructConfig().language_lr, InstructConfig(lora=True).language_lr
            (0.001, 0.0002)
        """
        return self.lr or (1e-3 if self.from_scratch else 2e-4 if self.lora else 2e-5)
