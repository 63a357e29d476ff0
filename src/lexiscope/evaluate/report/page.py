"""`Page`: one HTML file with its pictures, style and charts inside; it opens offline and asks no one.

The nouns below are what a page can show, free of any model; whoever has results fills them in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lexiscope.core.files import write_text
from lexiscope.core.numbers import number
from lexiscope.evaluate.report.charts import Curve, curve_svg
from lexiscope.evaluate.report.interpreted import ShownSubject
from lexiscope.evaluate.report.pictures import Picture
from lexiscope.evaluate.report.tables import Row, Table


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that the page opens with."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the work: what was done, what came out, how long it took."""

    name: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Check:
    """One property that was asked for, what the case truly has, and whether they agree."""

    name: str
    truth: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class ShownCase:
    """One case on the page.

    Args:
        score: Similarity to the query; None where nothing was searched.
        case: Id of the case.
        group: Patient, paper or specimen that it belongs to.
        text: First text of the case, or what is written beside it.
        pictures: Pictures in the same order for every case of the page; without a source where a modality is missing.
        checks: Properties that were searched for, against the truth.
    """

    case: str
    group: str
    text: str
    pictures: tuple[Picture, ...]
    score: float | None = None
    checks: tuple[Check, ...] = ()

    @property
    def agrees(self) -> bool:
        """Tell whether everything that was searched for is present."""
        return all(check.agrees for check in self.checks)


@dataclass(frozen=True, slots=True)
class Gallery:
    """A query and the cases found, best first.

    Args:
        chance: Share of the searched cases that have everything asked for; None when nothing can be checked.
    """

    query: str
    shown: tuple[ShownCase, ...]
    chance: float | None = None

    @property
    def right(self) -> int:
        """Cases found that have everything asked for."""
        return sum(case.agrees for case in self.shown)


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question about a case, the answer, and the cases it rests on.

    Args:
        question: Question that was asked.
        answer: Answer of the model.
        truth: True answer.
        right: True when the answer reads like the true one.
        score: Probability of the answer.
        abstained: True when the answer was held back as too unsure.
        about: Case that the question is about.
        evidence: Cases cited, with the text that supports the answer.
    """

    question: str
    answer: str
    truth: str
    right: bool
    score: float
    abstained: bool
    about: ShownCase
    evidence: tuple[ShownCase, ...] = ()


@dataclass(frozen=True, slots=True)
class OutlinedStructure:
    """A structure that a sentence asked for in a case, and the masks that were found.

    Args:
        structure: Name of the structure.
        sentence: Sentence that was asked.
        outcome: What came out, in words.
        right: True when it was mostly outlined where it is, or said to be absent where it is not.
        shown: The case with the borders of what was found, with all images first, then with fewer.
    """

    structure: str
    sentence: str
    outcome: str
    right: bool
    shown: tuple[ShownCase, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on one page, in its order.

    Args:
        lead: One or two sentences: what was done, on what.
        examples: Cases as they went in, before any question.
        outlines: Structures outlined in single cases.
        answers: Questions about single cases.
        captions: Cases with the sentence that was written for them beside their own.
        subjects: Parts of a model with how they use their inputs.
        numbers: Name of a file beside the page that holds all its numbers; empty where there is none.
        provenance: Name -> value: versions, seeds, content versions, licences.
        notes: Sentences that help to read the page right.
    """

    title: str
    lead: str
    tiles: tuple[Tile, ...] = ()
    steps: tuple[Step, ...] = ()
    examples: tuple[ShownCase, ...] = ()
    galleries: tuple[Gallery, ...] = ()
    outlines: tuple[OutlinedStructure, ...] = ()
    answers: tuple[AnsweredQuestion, ...] = ()
    captions: tuple[ShownCase, ...] = ()
    tables: tuple[Table, ...] = ()
    subjects: tuple[ShownSubject, ...] = ()
    curves: tuple[Curve, ...] = ()
    numbers: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


# Metrics in 0..1, drawn as bars
_SHARES = ("recall", "same", "coverage", "citation", "rouge", "bleu")
_SHARE_ENDINGS = ("accuracy", "auc", "match", "f1", "dsc", "iou", "nsd", "positive rate")


def render_page(page: Page) -> str:
    """Render the page as one HTML document. All text is escaped; only our own charts go in as markup."""
    return _template().render(report=page, curves=[curve_svg(curve) for curve in page.curves])


def write_page(path: Path, page: Page) -> None:
    """Write the page, whole or not at all."""
    write_text(path, render_page(page))


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("lexiscope.evaluate.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.tests["share"] = _is_share
    environment.filters["percent"] = lambda share: f"{100 * min(max(share, 0.0), 1.0):.2f}%"
    return environment.get_template("report.html.j2")


def _is_share(row: Row) -> bool:
    """Tell whether a metric lies between 0 and 1, so that it can be drawn as a bar."""
    name = row.metric.split(", ")[-1]
    return name == "mAP" or name.startswith(_SHARES) or name.endswith(_SHARE_ENDINGS)
