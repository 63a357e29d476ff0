"""`open_judge`: a judge by name, which must not judge what it wrote itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import UsageError
from lexiscope.evaluate.judges import JUDGES
from lexiscope.evaluate.judges.judge import Judge

DEFAULT = "rules"


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """Options of a judge.

    Args:
        model: Name, directory or hub name of a language model that judges.
        url: Address of an endpoint.
        key_env: Environment variable with the endpoint's key.
        prompts: Folder of the user's own words.
        kept: Folder in which a language model's completions are kept.
        allow_download: Fetch a language model by hub name.
    """

    model: str | None = None
    url: str | None = None
    key_env: str | None = None
    prompts: Path | None = None
    kept: Path | None = None
    allow_download: bool = False

    def require_none(self, judge: str) -> None:
        """Refuse what only a language model needs.

        Raises:
            UsageError: one of these is given.
        """
        given = {"--judge-model": self.model, "--url": self.url, "--key-env": self.key_env}
        if extra := [option for option, value in given.items() if value]:
            raise UsageError(f"{extra[0]} belongs to --judge local or endpoint, got --judge {judge}; leave it out")


def open_judge(name: str, options: JudgeOptions) -> Judge:
    """Open a judge by name.

    Raises:
        UsageError: unknown name, or options that do not belong to it.
    """
    return JUDGES.load(name)(options)


def require_impartial(judge: Judge, *, authors: Mapping[str, int], judged: Iterable[str]) -> None:
    """Refuse a judge that would score what it wrote, or itself.

    Args:
        judge: The judge.
        authors: Author of turns -> how many of them.
        judged: Names of the language model that answers.

    Raises:
        UsageError: the judge is one of them.
    """
    if judge.author is None:
        return
    me = _plain(judge.author)
    if wrote := sum(count for author, count in authors.items() if _plain(author) == me):
        msg = f"the judge must not be the writer: {judge.name} wrote {wrote} of {sum(authors.values())} turns"
        raise UsageError(f"{msg}; take another model with --judge-model, or --judge rules, or judge by hand (--sheet)")
    if me in {_plain(name) for name in judged}:
        msg = f"the judge must not be the one judged: {judge.name} is the language model that answers"
        raise UsageError(f"{msg}; take another model with --judge-model, or --judge rules, or judge by hand (--sheet)")


def _plain(name: str) -> str:
    """A model's bare name: "lexiscope-local:smollm2", "org/SmolLM2" and "SmolLM2" are one, whoever serves it."""
    bare = re.sub(r"^(?:lexiscope-)?(?:local:|endpoint:)", "", name)
    return re.sub(r"[\W_]+", "", bare.rpartition("/")[2].casefold())
