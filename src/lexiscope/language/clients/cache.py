"""`CompletionCache`: completions of language models, kept on disk by the hash of the request, so that nothing is asked
twice, after a crash neither.
"""

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.files import sha256_json
from lexiscope.core.owned import require_own
from lexiscope.core.regular import open_regular
from lexiscope.language.clients.client import Completion, DecodingSettings, LanguageClient, Message

FILE = "completions.jsonl"


@dataclass(slots=True)
class Usage:
    """Completions, tokens and cost of a run.

    Args:
        prices: Price of a million tokens read and of a million tokens written, in any currency.
        completions: Number of completions asked for in this run.
        kept: Number of completions found on disk.
        prompt_tokens: Number of tokens that the model read in this run.
        completion_tokens: Number of tokens that the model wrote in this run.

    Example:
        >>> Usage(prices=(1.0, 10.0), prompt_tokens=1_000_000, completion_tokens=100_000).cost
        2.0
    """

    prices: tuple[float, float] = (0.0, 0.0)
    completions: int = 0
    kept: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def cost(self) -> float:
        """Cost of the run, in the currency of the prices."""
        return (self.prompt_tokens * self.prices[0] + self.completion_tokens * self.prices[1]) / 1e6

    def to_dict(self) -> dict[str, float]:
        """Plain JSON types."""
        counts = {"completions": self.completions, "kept": self.kept}
        tokens = {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}
        return {**counts, **tokens, "cost": round(self.cost, 6)}


class CompletionCache:
    """Completions of a corpus, in `completions.jsonl`: one line each, appended and flushed as it comes in.

    A line that a crash cut short is skipped and asked for again. Only the places of the lines are held in memory. Safe
    to use from several threads.

    Args:
        folder: Folder of the file, such as the corpus.
        prices: Price of a million tokens read and of a million tokens written.
    """

    def __init__(self, folder: Path, *, prices: tuple[float, float] = (0.0, 0.0)) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}
        self._locks: dict[str, threading.Lock] = {}
        self.usage = Usage(prices)
        self._read_places()

    def complete(self, client: LanguageClient, messages: Sequence[Message], settings: DecodingSettings) -> Completion:
        """Completion from disk, or else from the client.

        Args:
            client: Asked where this request was never answered before.
            messages: Messages of the request.
            settings: Choices about how the completion is drawn.

        Raises:
            LanguageModelError: not on disk, and the client does not answer.
        """
        # The key "door" is the client's older name: another one would make every kept completion unknown.
        request = {"door": client.identity, "messages": [m.to_dict() for m in messages], "settings": asdict(settings)}
        key = sha256_json(request)
        with self._lock:
            request_lock = self._locks.setdefault(key, threading.Lock())
        with request_lock:
            place = self._places.get(key)
            if place is not None:
                with self._lock:
                    self.usage.kept += 1
                return self._read(place)
            completion = client.complete(messages, settings)
            with self._lock:
                self._keep(key, completion)
                self._locks.pop(key, None)
            return completion

    def _keep(self, key: str, completion: Completion) -> None:
        self.usage.completions += 1
        self.usage.prompt_tokens += completion.prompt_tokens
        self.usage.completion_tokens += completion.completion_tokens
        line = json.dumps({"key": key, **asdict(completion)}, ensure_ascii=False).encode(errors="replace") + b"\n"
        with require_own(self._path.parent, FILE).open("ab") as stream:
            self._places[key] = stream.tell()
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())

    def _read(self, place: int) -> Completion:
        with open_regular(self._path) as stream:
            stream.seek(place)
            record = json.loads(stream.readline())
        return Completion(record["text"], record["prompt_tokens"], record["completion_tokens"])

    def _read_places(self) -> None:
        if not self._path.is_file():
            return
        end = 0
        with open_regular(self._path) as stream:
            for line in stream:
                key = _key(line)
                if key is not None:
                    self._places[key] = end
                end += len(line)
                torn = not line.endswith(b"\n")
        if end and torn:
            with self._path.open("ab") as stream:
                stream.write(b"\n")  # so that the next line does not join what a crash cut short


def _key(line: bytes) -> str | None:
    try:
        record: dict[str, Any] = json.loads(line)
        return str(record["key"]) if isinstance(record["text"], str) else None
    except (ValueError, LookupError, TypeError):
        return None
