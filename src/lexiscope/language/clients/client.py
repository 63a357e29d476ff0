"""`LanguageClient`: the interface to a language model, whoever runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from lexiscope.language.clients.settings import ClientSettings


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat.

    Args:
        role: Who speaks: "system", "user" or "assistant".
        text: Words of the message.
    """

    role: str
    text: str

    def to_dict(self) -> dict[str, str]:
        """Plain JSON types, as the OpenAI interface has them.

        Example:
            >>> Message("user", "A crack?").to_dict()
            {'role': 'user', 'content': 'A crack?'}
        """
        return {"role": self.role, "content": self.text}


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """Choices about how a completion is drawn.

    Args:
        temperature: Spread of the draw; 0 takes the likeliest token each time.
        max_tokens: Number of tokens at which an answer ends at the latest.
        seed: Seed of the draw; a server may ignore it.
    """

    temperature: float = 0.0
    max_tokens: int = 512
    seed: int = 0

    def again(self, attempt: int) -> "DecodingSettings":
        """Settings of another try after an answer that could not be used: other words are drawn.

        Args:
            attempt: Number of tries before this one.

        Example:
            >>> DecodingSettings(seed=3).again(2)
            DecodingSettings(temperature=0.7, max_tokens=512, seed=5)
        """
        if attempt == 0:
            return self
        return DecodingSettings(max(self.temperature, 0.7), self.max_tokens, self.seed + attempt)


@dataclass(frozen=True, slots=True)
class Completion:
    """Answer of a language model.

    Args:
        text: Words of the answer.
        prompt_tokens: Number of tokens read; 0 where the model does not tell.
        completion_tokens: Number of tokens written; 0 where the model does not tell.
    """

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class LanguageClient(Protocol):
    """Language model, wherever it runs.

    `name` goes into the author of what it writes; `identity` is all that its answers depend on, for the cache;
    `max_concurrent` is the number of requests that may be under way at once.
    """

    name: str
    max_concurrent: int

    @classmethod
    def open(cls, settings: ClientSettings) -> Self:
        """Client of the model that the settings name.

        Raises:
            UsageError: a setting is missing, or belongs to another client.
        """
        ...

    @property
    def identity(self) -> Mapping[str, Any]:
        """Everything that answers depend on beside the messages and the settings, as plain JSON types."""
        ...

    def complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        """Answer of the model.

        Raises:
            LanguageModelError: it does not answer.
        """
        ...
