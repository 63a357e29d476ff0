"""`comparison_page`: the page of a comparison, written from its JSON alone.

python -m lexiscope.evaluate.segment.comparison.page bench/results/segmentation.json docs/reference
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from lexiscope.core.files import write_text
from lexiscope.core.markdown import escape
from lexiscope.core.numbers import number
from lexiscope.evaluate.segment.comparison.effects import by_name, effects, runs_of, score, sentence_effects, summary
from lexiscope.evaluate.segment.comparison.figure import comparison_figure
from lexiscope.evaluate.segment.comparison.results import ALL, CellResult, Comparison
from lexiscope.evaluate.statistics import Estimate


def page_name(comparison: Comparison) -> str:
    """Name of the page and its figure, without ending: that of every combination beside that of one change at a time.

    Example:
        >>> page_name(Comparison({"crossed": True}, [], [], []))
        'segmentation-comparison-crossed'
    """
    return "segmentation-comparison-crossed" if _is_crossed(comparison) else "segmentation-comparison"


def comparison_page(comparison: Comparison) -> str:
    """The page as Markdown; the same comparison has the same page."""
    parts = [
        "# Segmentation compared" + (", every combination" if _is_crossed(comparison) else ""),
        *_introduction(comparison.about, len(comparison.cases), len(set(comparison.groups))),
        f"![Mean DSC of every training]({page_name(comparison)}.svg)",
        "## What the numbers say",
        *_answers(comparison),
        "## Every training",
        _trainings(comparison),
        *_asked_otherwise(comparison),
        "## How to read it",
        _READING,
    ]
    return "\n\n".join(parts) + "\n"


def figure_of(comparison: Comparison) -> str:
    """The figure of the page: all modalities, and the one without which most is lost."""
    named = by_name(comparison.results)
    hidden = min(runs_of(comparison), key=lambda run: _least(score(comparison, comparison.results, run)), default=None)
    legend = [ALL] if hidden is None else [ALL, hidden]
    rows = [(name, [score(comparison, results, run) for run in legend]) for name, results in named.items()]
    return comparison_figure(rows, legend=legend)


_READING = """Trainings of one name that differ in their seed are averaged case by case before anything else.
Differences are paired: the same cases, and trainings that differ in nothing else. "Better" and "worse" are said only
where the 95 % interval over patients or specimens leaves out zero and there are at least four of them; everything else
is "no clear difference", which is no proof that there is none. Intervals say nothing of what other seeds would have
given, and short trainings differ much: the sentence above the differences calls something better or worse only where at
least three pairs of trainings point that way, and all of them.

- The budget is the processor time of the training steps, told by timing a few of them; validation, and what a frozen
  backbone computes once of every image, come on top and are within the seconds of the table.
- Sources of sentences: `label-name`, wordings of the structure's name alone; `none`, a text tower that knows no word,
  so that every sentence has the same vector; an author, the instructions that it wrote about each case beside the
  names; `shuffled`, those of another patient. Each is trained and measured with its own kind of sentence.
- `lexiscope without text` is our network with a code for each structure in place of the sentence.
- `DynUNet` is MONAI's, on stacked modalities, with nnU-Net's recipe: standardised images, deep supervision, mirroring
  but for left and right, stochastic gradient descent with Nesterov momentum 0.99 and a polynomial learning rate.
  Its best epoch is kept; ours keep the average of their last steps (`train segment --average`). `DynUNet, AdamW`
  differs in its optimiser. All networks without text see the same windows and variants as ours, with
  modalities left out alike, and are measured in the same windows with thresholds chosen on the same cases.
- Which of our trainings stands against them is chosen on the split val, never on what is measured."""


def _introduction(about: Mapping[str, object], cases: int, groups: int) -> Iterator[str]:
    yield (
        "Which source of sentences, which fusion and which backbone segment best, at one budget, beside networks "
        "without text. The command below makes the trainings, and this page from their results alone."
    )
    yield (
        f"{escape(str(about['corpus']))}, version `{about['version']}`: trained on {about['trained']} cases, measured "
        f"on {cases} cases of {groups} groups in split '{escape(str(about['split']))}'. "
        f"Structures: {about['structures']}; modalities: {about['modalities']}. "
        f"Budget of a training: {about['budget']}."
    )
    if about.get("note"):
        yield str(about["note"])
    yield f"    {about['command']}"


def _answers(comparison: Comparison) -> Iterator[str]:
    found = effects(comparison)
    if said := summary(found):
        yield said
    for question, asked in groupby(found, key=lambda one: one.question):
        yield "\n".join([f"**{question}**", "", *(f"- {one.sentence}" for one in asked)])


def _trainings(comparison: Comparison) -> str:
    runs = [ALL, *runs_of(comparison)]
    head = ["training", "seeds", *runs, "parameters trained", "of", "steps", "processor s"]
    rows = []
    for name, results in by_name(comparison.results).items():
        scores = [_with_interval(score(comparison, results, run)) for run in runs]
        costs = [_mean_cost(results, key) for key in ("trainable", "total", "steps", "processor_seconds")]
        rows.append([name, str(len(results)), *scores, *costs])
    return _table(head, rows)


def _asked_otherwise(comparison: Comparison) -> Iterator[str]:
    found = sentence_effects(comparison)
    if not found:
        return
    yield "## The same trainings asked in other words"
    yield (
        "Nothing is trained again: a training is asked with another sentence than it is measured with above. `none` is "
        "the zero vector, `wrong structure` names something else, and what is measured is still the structure that was "
        "meant; `unseen wording` was never used in training."
    )
    rows = [[training, kind, _with_interval(dsc), _with_interval(less)] for training, kind, dsc, less in found]
    yield _table(["training", "asked with", "mean DSC", "less that of the plain name"], rows)


def _is_crossed(comparison: Comparison) -> bool:
    return bool(comparison.about.get("crossed"))


def _least(estimate: Estimate) -> float:
    return 1.0 if estimate.value is None else estimate.value


def _with_interval(estimate: Estimate) -> str:
    if estimate.value is None:
        return "-"
    ends = (
        "" if estimate.low is None or estimate.high is None else f" ({number(estimate.low)} to {number(estimate.high)})"
    )
    return f"{number(estimate.value)}{ends}"


def _mean_cost(results: Sequence[CellResult], key: str) -> str:
    known = [one.cost[key] for one in results if key in one.cost]
    return f"{round(sum(known) / len(known)):,}" if known else "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(escape(cell) for cell in line) + " |" for line in lines)


def write_page(results: Path, folder: Path) -> None:
    """Write the page and its figure into a folder.

    Args:
        results: The JSON of a comparison.
        folder: Folder of the page.
    """
    comparison = Comparison.from_dict(json.loads(results.read_text(encoding="utf-8")))
    name = page_name(comparison)
    write_text(folder / f"{name}.md", comparison_page(comparison))
    write_text(folder / f"{name}.svg", figure_of(comparison))


if __name__ == "__main__":
    write_page(Path(sys.argv[1]), Path(sys.argv[2]))
