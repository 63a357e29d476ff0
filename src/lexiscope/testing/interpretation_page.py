"""`interpretation_page`: docs/reference/interpretation.md, what every method asks, assumes and cannot tell.

python -m lexiscope.testing.interpretation_page > docs/reference/interpretation.md

The texts are those of results, so methods run here on subjects of a moment; numbers are left out.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.docstrings import summary_of
from lexiscope.core.errors import LexiscopeError
from lexiscope.interpret import METHODS
from lexiscope.interpret.adapters.segmenter import segmenter_subjects
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import Cases
from lexiscope.testing.interpretables import PlantedSubject
from lexiscope.testing.masked import make_masked_corpus, make_segmenter_model

_HEAD = """# Methods of interpretation

What `lexiscope interpret --method NAME` asks, what must hold for its numbers to mean what they say, and what they
cannot say even so; [what all of them have in common](../concepts/interpretation.md). Written from the methods.
"""


@dataclass(frozen=True)
class _Kept(PlantedSubject):
    """The planted subject, of a run that kept two epochs in which nothing changed."""

    def epochs(self) -> dict[int, Callable[[], AbstractContextManager[Any]]]:
        """Epoch -> opens the subject."""
        return dict.fromkeys((0, 1), lambda: nullcontext(self))


def interpretation_page() -> str:
    """The page as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        subjects = list(_subjects(Path(folder)))
        parts = [_described(name, subjects) for name in sorted(METHODS.built_in)]
    return "\n".join([_HEAD, *parts])


def _subjects(folder: Path) -> Iterator[tuple[Any, Cases[Any]]]:
    """A subject that most methods serve, and a segmenter for those that ask for images and places."""
    planted = _Kept()
    yield planted, planted.cases(40)
    corpus = make_masked_corpus(folder / "corpus", 20, size=16)
    yield from segmenter_subjects(make_segmenter_model(corpus, folder / "model"), corpus, "train")


def _described(name: str, subjects: list[tuple[Any, Cases[Any]]]) -> str:
    method = METHODS.load(name)
    lines = [f"## {name}", "", summary_of(method.__doc__), ""]
    found = _result(method, subjects)
    if isinstance(found, str):
        return "\n".join([*lines, f"{found[:1].upper()}{found[1:]}.", ""])
    lines += [
        f"**Asks:** {found.title}",
        "",
        f"**Assumes:** {found.assumes}",
        "",
        f"**Can't tell:** {found.cannot_tell}",
    ]
    if found.formula:
        lines += ["", "| number | definition |", "|---|---|"]
        lines += [f"| {term} | {formula.replace('|', chr(92) + '|')} |" for term, formula in found.formula.items()]
    return "\n".join([*lines, ""])


def _result(method: Any, subjects: list[tuple[Any, Cases[Any]]]) -> Result | str:
    """Result of the first subject that a method serves, or why it serves none."""
    reason = ""
    for subject, cases in subjects:
        try:
            return method(subject, cases)
        except LexiscopeError as error:
            reason = str(error)
    return reason


if __name__ == "__main__":
    sys.stdout.write(interpretation_page())
