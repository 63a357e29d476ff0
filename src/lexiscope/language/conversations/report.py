"""`ConversationReport`: counts of the turns that were written and refused."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """Counts of one run of `write_conversations`.

    Args:
        author: Name that signs the turns.
        cases: Cases that have turns of this author now.
        turns: Turns of all these cases.
        updated: Cases that changed; 0 when the same was written before.
        silent: Cases without a turn of this author, for want of anything to ask or to keep.
        corpus: Content version of the corpus afterwards.
        without_text: Turns that rest on an attribute or a mask which no passage states, so that they have no evidence.
        kinds: Kind of turn -> number of turns.
        rejected: Reason -> number of turns that were refused; `rejected-turns.jsonl` has each.
        failed: Case -> why nothing could be got about it this time; run again.
        usage: Completions asked for and found on disk, tokens and cost of a language model; None by rules.
    """

    author: str
    cases: int
    turns: int
    updated: int
    silent: int
    corpus: str
    without_text: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Lines for a person to read.

        Example:
            >>> counts = {"cases": 1, "turns": 2, "updated": 1, "silent": 0}
            >>> report = ConversationReport("me", **counts, corpus="ab12", kinds={"open": 2})
            >>> report.lines()
            ['2 turns about 1 cases (1 changed); corpus ab12', 'kinds of turns: open 2']
        """
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.turns} turns about {self.cases} cases ({self.updated} changed); corpus {self.corpus}"
        for title, counts in (("kinds of turns", self.kinds), ("refused turns", self.rejected)):
            if counts:
                yield f"{title}: {', '.join(f'{name} {count}' for name, count in counts.items())}"
        if self.without_text:
            yield f"{self.without_text} turns rest on attributes or masks that no text states, and have no evidence"
        if self.silent:
            yield f"{self.silent} cases have nothing that can be asked about"
        if self.usage:
            yield ", ".join(f"{name.replace('_', ' ')} {count:g}" for name, count in self.usage.items())
        if self.failed:
            last = list(self.failed.values())[-1]
            yield f"{len(self.failed)} cases got no answer and stay as they were; run again. The last: {last}"
