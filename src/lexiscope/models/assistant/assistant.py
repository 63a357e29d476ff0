"""`Assistant`: what answers about images, whatever it is built of: it says, it weighs, and it trains.

`ASSISTANTS` of this package lists the implementations; nothing above this package tells them apart.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from lexiscope.models.assistant.image_reader import ImageReader
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.encoder import Encoder


@dataclass(frozen=True, slots=True)
class GeneratedAnswer:
    """Answer of a language model with its log-likelihood.

    Args:
        text: The answer without its end token.
        log_likelihood: Sum over the answer's tokens, the end token included.
        tokens: Number of those tokens.
        ended: True where the language model ended it itself; False where its room did.
    """

    text: str
    log_likelihood: float
    tokens: int
    ended: bool = True


class Assistant(nn.Module, ABC):
    """A language model that reads what `image_encoder` makes of a case's images, and the user's words.

    Nothing is ever cut: a prompt that does not fit the language model is refused, so image tokens are never lost.
    """

    plan: TokenPlan

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Device that it computes on."""

    @property
    @abstractmethod
    def adapter(self) -> Mapping[str, Any] | None:
        """Settings of the adapter beside the language model; None where there is none."""

    @property
    @abstractmethod
    def origins(self) -> Sequence[Mapping[str, str]]:
        """Origins of the pretrained weights; none from scratch."""

    @property
    @abstractmethod
    def context_length(self) -> int:
        """Most tokens that the language model reads and writes, those of images included."""

    @abstractmethod
    def forward(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[str]
    ) -> tuple[Float[Tensor, " b"], Int64[Tensor, " b"]]:
        """Log-likelihood of each answer after its prompt, and how many tokens it has, the end token included.

        Args:
            image_tokens: Tokens of each row's case; None for words alone.
            prompts: Words of the user, one text a row.
            answers: Answers to score, one a row.

        Raises:
            ModelError: a row longer than the language model reads.
        """

    @abstractmethod
    def weigh(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[Sequence[str]]
    ) -> list[list[tuple[float, int]]]:
        """Log-likelihood and number of tokens of several answers to each prompt; each prompt is read once.

        Args:
            image_tokens: Tokens of each row's case; None for words alone.
            prompts: Words of the user, one text a row.
            answers: Answers to score for each prompt, possibly none.

        Raises:
            ModelError: a row longer than the language model reads.
        """

    @abstractmethod
    def say(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], *, max_tokens: int = 64
    ) -> list[GeneratedAnswer]:
        """The answer to each prompt by greedy decoding: the likeliest token at every step.

        Args:
            image_tokens: Tokens of each row's case; None for words alone.
            prompts: Words of the user, one text a row.
            max_tokens: Longest answer; shorter where the language model's context ends.

        Raises:
            ModelError: a row longer than the language model reads.
        """

    @abstractmethod
    def image_encoder(self, encoder: Encoder) -> ImageReader:
        """What makes the image tokens that are read: the given encoder of the joint space, or a reader around it."""

    @abstractmethod
    def image_length(self, image_tokens: ImageTokens) -> int:
        """Number of tokens that the images of a case with all modalities take."""

    @abstractmethod
    def prompt_length(self, prompt: str, answer: str | None = None) -> int:
        """Number of tokens of a prompt in its chat format and, if given, of the answer."""

    @abstractmethod
    def answer_ids(self, answer: str) -> list[int]:
        """Token ids of an answer, the end token included."""

    @abstractmethod
    def unfreeze(self) -> None:
        """Let the adapter train, or the whole language model where there is none."""

    @abstractmethod
    def checkpoint_activations(self) -> None:
        """Compute the language model's layers again on the way back instead of keeping them."""

    @abstractmethod
    def untuned(self, *, allow_download: bool = False) -> Self:
        """A view of it with its language model as it was before it was trained.

        Raises:
            WeightsError: that is not here any more.
        """

    @abstractmethod
    def merged(self) -> Self:
        """A copy with the adapter added into the language model's weights: a plain model, and as fast as that."""

    @abstractmethod
    def merge_for_inference(self) -> Self:
        """Merge the adapter and cast the weights to the precision of training, in place; never to be saved again."""

    @abstractmethod
    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings and tokenizer as JSON; everything that loading needs."""

    @classmethod
    @abstractmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved assistant, in eval mode.

        Raises:
            ModelError: there is none at `directory`, or its weights are damaged.
        """

    @classmethod
    @abstractmethod
    def notes(cls, folder: Path, config: Mapping[str, Any]) -> list[str]:
        """Lines of the model card about the assistant that is saved in a folder."""

    def fit_evidence(
        self, evidence: Sequence[str], question: str, *, images: int, answer: int, context: str | None = None
    ) -> list[str]:
        """The first pieces of evidence that fit into the context beside all the rest, each of them whole.

        Args:
            evidence: Texts about similar cases, the most helpful first.
            question: The question to answer.
            images: Number of image tokens, see `image_length`.
            answer: Tokens kept free for the answer.
            context: Words about the case that are known beside the image.
        """
        kept = list(evidence)
        free = self.context_length - images - answer
        while kept and self.prompt_length(write_prompt(question, evidence=kept, context=context)) > free:
            kept.pop()
        return kept
