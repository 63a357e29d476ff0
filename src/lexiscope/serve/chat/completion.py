"""`Completion`: an answer as one chat completion, or as the pieces of a stream."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lexiscope.serve.chat.wording import in_words

_NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""Most answers are ranked, not decoded token by token, so that there is no number which would mean anything."""
DONE = "data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer to come.

    Args:
        model: Name of the model.
        used: What was read of the chat.
    """

    model: str
    used: Mapping[str, Any]
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_urlsafe(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, prediction: Mapping[str, Any]) -> dict[str, Any]:
        """The completion; "lexiscope" holds the prediction and what was read."""
        message = {"role": "assistant", "content": in_words(prediction), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._named("chat.completion"),
            "choices": [choice],
            "usage": _NO_USAGE,
            "lexiscope": self._beside(prediction),
        }

    def opening(self) -> str:
        """The first event of a stream, before anything is known."""
        return self._event({"role": "assistant", "content": ""})

    def pieces(self, prediction: Mapping[str, Any], *, usage: bool) -> Iterator[str]:
        """The events of a stream behind the first, line by line of the answer.

        Args:
            usage: Tell the usage in an event of its own.
        """
        for line in in_words(prediction).splitlines(keepends=True):
            yield self._event({"content": line})
        yield self._event({}, finish="stop", lexiscope=self._beside(prediction))
        if usage:
            yield _data({**self._named("chat.completion.chunk"), "choices": [], "usage": _NO_USAGE})
        yield DONE

    def _event(self, delta: Mapping[str, Any], *, finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data({**self._named("chat.completion.chunk"), "choices": [choice], **more})

    def _named(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _beside(self, prediction: Mapping[str, Any]) -> dict[str, Any]:
        return {"prediction": dict(prediction), "used": dict(self.used)}


def failure(error: Mapping[str, Any]) -> str:
    """The last event of a stream that failed."""
    return _data(error) + DONE


def _data(value: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"
