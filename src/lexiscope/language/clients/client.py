"""`LanguageClient`: the one way to a language model, whoever runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Message:
    """One part of what a model is told: role "system", "user" or "assistant", and the words."""

    role: str
    text: str

    def to_dict(self) -> dict[str, str]:
        """As the OpenAI interface writes it."""
        return {"role": self.role, "content": self.text}


@dataclass(frozen=True, slots=True)
class DecodingSettings:
    """How a completion is drawn.

    Args:
        temperature: 0 takes the likeliest word each time.
        max_tokens: Longest answer.
        seed: Of what is drawn; a server may ignore it.
    """

    temperature: float = 0.0
    max_tokens: int = 512
    seed: int = 0

    def again(self, attempt: int) -> "DecodingSettings":
        """For another try after an answer that could not be used: other words are drawn."""
        return (
            self if attempt == 0 else DecodingSettings(max(self.temperature, 0.7), self.max_tokens, self.seed + attempt)
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said, and the tokens it read and wrote; 0 where it does not tell."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class LanguageClient(Protocol):
    """A language model, wherever it runs.

    `name` goes into the author of what it writes; `identity` is all that its answers depend on, for the cache.
    `max_concurrent` is how many requests may be under way at once.
    """

    name: str
    max_concurrent: int

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that answers depend on beside the messages and the settings."""
        ...

    def complete(self, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        """What the model answers.

        Raises:
            DoorError: it does not answer.
        """
        ...
