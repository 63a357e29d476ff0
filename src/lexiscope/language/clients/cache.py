"""`CompletionCache`: completions of language models, kept on disk by the hash of the request, so that nothing is asked
twice, after a crash neither.
"""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lexiscope.core.files import sha256_json
from lexiscope.language.clients.client import Completion, DecodingSettings, LanguageClient, Message
from lexiscope.language.keyed_lines import KeyedLines

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
        self._lines = KeyedLines(folder, FILE)
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self.usage = Usage(prices)

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
            record = self._kept(key)
            if record is not None:
                with self._lock:
                    self.usage.kept += 1
                return record
            completion = client.complete(messages, settings)
            self._lines.add(key, asdict(completion))
            with self._lock:
                self._count(completion)
                self._locks.pop(key, None)
            return completion

    def _kept(self, key: str) -> Completion | None:
        record = self._lines.get(key)
        if record is None or not isinstance(record.get("text"), str):
            return None  # a damaged line is asked for again
        return Completion(record["text"], record["prompt_tokens"], record["completion_tokens"])

    def _count(self, completion: Completion) -> None:
        self.usage.completions += 1
        self.usage.prompt_tokens += completion.prompt_tokens
        self.usage.completion_tokens += completion.completion_tokens
