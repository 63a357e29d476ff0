"""`Variant`: an input of a kind that labs have, made by code, with its right answer; `try_variant` says what came."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.case import Case
from lexiscope.core.errors import LexiscopeError
from lexiscope.core.image import Image
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.sources import SOURCES, detect_source
from lexiscope.sources.pixels import read_pixels

RIGHT, REJECTED, WRONG = "right", "rejected with reason", "silently wrong"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A corpus that was built from a variant, and what was said about inputs that are not in it.

    Args:
        corpus: Folder of the corpus.
        cases: Cases by id.
        rejected: Lines of `rejected.jsonl` of kind "rejected".
        unread: Lines of kind "unread".
    """

    corpus: Path
    cases: dict[str, Case]
    rejected: tuple[dict[str, Any], ...] = ()
    unread: tuple[dict[str, Any], ...] = ()

    @classmethod
    def of(cls, corpus: Path) -> "Outcome":
        """What stands in a corpus."""
        lines = corpus / "rejected.jsonl"
        told = [json.loads(line) for line in lines.read_text("utf-8").splitlines()] if lines.exists() else []
        return cls(
            corpus,
            {case.id: case for case in Corpus.open(corpus)},
            tuple(line for line in told if line["kind"] == "rejected"),
            tuple(line for line in told if line["kind"] == "unread"),
        )

    @property
    def only(self) -> Case:
        """The one case that there is."""
        assert len(self.cases) == 1, f"expected one case, got {sorted(self.cases)}"
        return next(iter(self.cases.values()))

    @property
    def image(self) -> Image:
        """The one image of the one case."""
        images = self.only.images
        assert len(images) == 1, f"expected one image, got {sorted(images)}"
        return next(iter(images.values()))

    @property
    def steps(self) -> str:
        """Steps of all cases, a line each."""
        return "\n".join(step for case in self.cases.values() for step in case.provenance.steps)

    @property
    def reasons(self) -> str:
        """Reasons of all rejections, a line each."""
        return "\n".join(line["reason"] for line in self.rejected)

    def pixels(self, image: Image) -> NDArray[Any]:
        """Values of an image, without the axis of channels where there is one channel."""
        values = read_pixels(Corpus.open(self.corpus).object_path(image))
        return values[0] if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class Variant:
    """An input that a lab may have, and its right answer.

    Args:
        kind: What it varies, such as "one SOPInstanceUID".
        name: What is particular about it.
        write: Writes the input into an empty folder.
        right: Fails where a built corpus does not hold the right values.
        reads: Name of the source; None lets it be detected.
        options: Options of the source.
        within: What is read within the folder.
        may_refuse: Pattern of a reason for which it may be refused instead; empty where it must be read.
        build: Makes the corpus in another way: from the folder of the input, at a path.
    """

    kind: str
    name: str
    write: Callable[[Path], object]
    right: Callable[[Outcome], object]
    reads: str | None = None
    options: dict[str, Any] | None = None
    within: str = "."
    may_refuse: str = ""
    build: Callable[[Path, Path], object] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a variant: "right", "rejected with reason" or "silently wrong", and why."""

    said: str
    why: str = ""


def try_variant(variant: Variant, folder: Path) -> Verdict:
    """Write, build and judge a variant in an empty folder.

    A rejection counts as such only when its reason holds the words that the variant names, and nothing of the input
    became a case beside it.
    """
    lab, corpus = folder / "lab", folder / "corpus"
    lab.mkdir(parents=True)
    variant.write(lab)
    refusal = ""
    try:
        _build(variant, lab, corpus)
    except LexiscopeError as error:
        refusal = str(error)
    outcome = Outcome.of(corpus) if Corpus.exists(corpus) else Outcome(corpus, {})
    listed = [line["reason"] for line in outcome.unread]
    said = "\n".join(part for part in (outcome.reasons, *listed, refusal) if part)
    if not refusal:
        try:
            variant.right(outcome)
        except (AssertionError, LookupError, TypeError) as error:
            fault = f"{type(error).__name__}: {error}"
        else:
            return Verdict(RIGHT)
    else:
        fault = "refused"
    if variant.may_refuse and re.search(variant.may_refuse, said, re.IGNORECASE) and not outcome.cases:
        return Verdict(REJECTED, said)
    shown = {name: sorted(case.images) for name, case in outcome.cases.items()}
    return Verdict(WRONG, f"{fault} | cases {shown} | said {said!r} | steps {outcome.steps!r}")


def _build(variant: Variant, lab: Path, corpus: Path) -> None:
    if variant.build is not None:
        variant.build(lab, corpus)
        return
    path = lab / variant.within
    source: Any = SOURCES.load(variant.reads or detect_source(path))
    build_corpus(corpus, source(path, **(variant.options or {})))


def same(found: Any, expected: Any, *, within: float = 1e-6) -> None:
    """Fail unless two arrays or tuples have one shape and the same values."""
    one, other = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert one.shape == other.shape, f"expected the shape {other.shape}, got {one.shape}"
    worst = float(np.abs(one - other).max(initial=0.0))
    assert worst <= within, f"expected {_few(other)}, got {_few(one)}"


def _few(values: NDArray[Any]) -> str:
    return str(values.ravel()[:: max(1, values.size // 8)][:9].tolist())
