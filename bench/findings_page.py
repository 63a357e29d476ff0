"""`findings_page`: docs/reference/findings.md, from what `bench/findings.py` kept.

python bench/findings_page.py bench/results/findings.json > docs/reference/findings.md
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.numbers import number

Run = Mapping[str, Any]

_SETS = {
    "av_digits": "image and sound of a digit",
    "lgg_mri segmentation": "FLAIR, T1 before and after contrast; the tumour is outlined",
    "lgg_mri classification": "the same sequences; grade and side of the tumour are told",
    "covid_cxr": "chest X-ray, notes and measurements; the finding is told",
    "vqa_rad": "radiology image and a question about it; the answer is told",
}
_HEAD = """# What was published of multimodal models, and what holds here

Each claim has numbers that decide it and a rule. The rules were written before these runs, but after a look at a first
report on six cases of the split "test" of lgg_mri, so on that set they are not blind. A claim **holds** where the
95 % intervals of all its numbers, over patients or speakers, lie on its side of the line; it **does not hold** where
one lies wholly on the other side; else the numbers **do not say**, which is no evidence against it. The papers' own
definitions could not be had, so measures and lines are ours. Models are small or trained for minutes: this is about
them, on these cases, and says nothing about what other models would do. Many intervals are looked at, of which one in
twenty leaves out the truth by chance; those over few groups, such as five speakers, are rough and rather too narrow.
Research use, not for diagnosis.

This page is written by

    python bench/findings.py --work build/findings --set "lgg_mri segmentation"  # makes the corpus
    lexiscope train segment build/findings/lgg --out build/findings-seg --epochs 60
    python bench/findings.py --work build/findings --segmenter build/findings-seg --page docs/reference/findings.md

and numbers with all digits are in `bench/results/findings.json`. A training on another machine may differ in the last
digits of its weights, and what follows from it with them."""


@dataclass(frozen=True)
class Claim:
    """Something that was published.

    Args:
        title: The claim, in a few words.
        said: What was published, and where.
        measured: What is measured here.
        rule: What decides it.
    """

    title: str
    said: str
    measured: str
    rule: str


CLAIMS: Mapping[str, Claim] = {
    "discrepancy": Claim(
        "Features of different modalities differ",
        "Features of the modalities of one case show a discrepancy (arXiv 2308.10019, abstract).",
        "Unbiased linear CKA of two modalities at the last level that both have; of images and words, in the joint "
        "space. Chance is the mean over cases that do not belong together; 95 % of what they give stands in the last "
        "column.",
        "Holds where the interval lies below one half: less than half is alike. Does not hold where it lies above.",
    ),
    "growth": Claim(
        "Consistency and speciality grow together",
        "A reading of the same paper, which follows consistency and speciality over levels and training; its full text "
        "could not be had (arXiv 2308.10019).",
        "Mean IoU of units with each concept (structures, or classes of whole cases). Common is the smallest of any "
        "modality, special is how far the largest is ahead of the second, both as a mean over concepts and less what "
        "concepts of other cases give; here their growth from the start of training to its end, and from the first "
        "level to the last. Profiles that sum to one, as `semantics` prints them, cannot decide this: of two "
        "modalities, the special part is what the common one leaves.",
        "Holds where both grow. Does not hold where one of them falls.",
    ),
    "together": Claim(
        "Consistent and special units are used together",
        "Fusion draws on what modalities share and on what is special to each at once (arXiv 2308.10019, abstract).",
        "Fall of the score without all consistent units of a level and without all special ones (as `semantics` "
        "classes them), beyond the fall without as many random units of the same places; on 24 cases at most.",
        "Holds where both falls are beyond that of random units. Does not hold where one is below it.",
    ),
    "dominance": Claim(
        "One modality dominates where they complement each other",
        "Where modalities complement each other, models lean on the dominant one (SHAPE, arXiv 2205.00302, abstract).",
        "Share of the input with the largest Shapley value in what all inputs add to the score, inputs missing in the "
        "model's own way. Asked only where two or more inputs certainly add something beside all others. The sentence "
        "of a segmenter and what an assistant retrieves are not taken away. Chance is an even share.",
        "Holds where the share is above two thirds: twice as much as all others. Does not hold where it is below.",
    ),
    "late": Claim(
        "Late fusion is ahead",
        "Late fusion scores above early fusion (Zeus, arXiv 2504.07336, abstract).",
        "Difference of the scores of the same cases: accuracy of digits, as a mean over trainings; DSC of segmenters "
        "that had the same number of steps; accuracy of opinions of single sequences that are joined, against one "
        "probe on all their features. Scores stand in the last column.",
        "Holds where late fusion is ahead of every other way. Does not hold where it is behind one.",
    ),
}


def findings_page(runs: Sequence[Run]) -> str:
    """The page as Markdown.

    Args:
        runs: What was kept of each part: `about` and `findings`.
    """
    parts = [_HEAD, *_overview(runs)]
    for name, claim in CLAIMS.items():
        found = [(run, one) for run in runs for one in run["findings"] if one["claim"] == name]
        if found:
            parts += _claim(claim, found)
    return "\n\n".join([*parts, *_ran(runs)]) + "\n"


def _overview(runs: Sequence[Run]) -> Iterator[str]:
    sets = list(dict.fromkeys(run["about"]["set"] for run in runs))
    rows = []
    for name, claim in CLAIMS.items():
        told = [Counter(_verdicts(runs, name, of_set)) for of_set in sets]
        rows.append([claim.title, *(_counted(count) for count in told)])
    yield "## In short"
    yield "How many findings in each set speak for a claim, against it, or do not say."
    yield _table(["claim", *sets], rows)
    yield "\n".join(f"- `{name}`: {_SETS[name]}" for name in sets if name in _SETS)


def _verdicts(runs: Sequence[Run], claim: str, of_set: str) -> Iterator[str]:
    for run in runs:
        if run["about"]["set"] == of_set:
            yield from (one["verdict"] for one in run["findings"] if one["claim"] == claim)


def _counted(count: Counter[str]) -> str:
    order = ("holds", "does not hold", "does not say")
    return ", ".join(f"{name}: {count[name]}" for name in order if count[name]) or "not asked"


def _claim(claim: Claim, found: Sequence[tuple[Run, Mapping[str, Any]]]) -> Iterator[str]:
    yield f"## {claim.title}"
    yield f"**Published:** {claim.said}"
    yield f"**Measured:** {claim.measured}"
    yield f"**Rule:** {claim.rule}"
    head = ["set", "model", "numbers", "chance", "cases", "groups", "verdict", "beside"]
    yield _table(head, [_row(run, one) for run, one in found])


def _row(run: Run, one: Mapping[str, Any]) -> list[str]:
    numbers = one["numbers"]
    shown = "<br>".join(f"{name}: {_worded(value)}" for name, value in numbers.items()) or "-"
    chance = "<br>".join("-" if of["chance"] is None else _shown(of["chance"]) for of in numbers.values()) or "-"
    counts = [_same([of.get(key) for of in numbers.values()]) for key in ("n", "groups")]
    return [run["about"]["set"], one["model"], shown, chance, *counts, f"**{one['verdict']}**", one["why"] or "-"]


def _same(counts: Sequence[int | None]) -> str:
    """One number where all are the same."""
    return "<br>".join(dict.fromkeys(str(count) for count in counts if count is not None)) or "-"


def _worded(value: Mapping[str, Any]) -> str:
    if value["value"] is None:
        return "not measured"
    if value["low"] is None or value["high"] is None:
        return f"{_shown(value['value'])}, no interval"
    return f"{_shown(value['value'])} ({_shown(value['low'])} to {_shown(value['high'])})"


def _shown(value: float) -> str:
    """A number, a small one with a fourth digit: some differences are.

    Example:
        >>> _shown(0.25), _shown(-0.0004), _shown(-0.00001)
        ('0.250', '-0.0004', '0')
    """
    if abs(value) < 0.00005:
        return "0"
    return number(value) if abs(value) >= 0.01 else f"{value:.4f}"


def _ran(runs: Sequence[Run]) -> Iterator[str]:
    yield "## What was run"
    head = ["set", "part", "data version", "split", "cases", "groups", "seed", "training", "processor s"]
    yield _table(head, [[_cell(run, name) for name in head] for run in runs])


def _cell(run: Run, name: str) -> str:
    if name == "processor s":
        return number(run["processor_seconds"])
    value = run["about"].get(name, "-")
    if name == "data version":
        return f"`{str(value)[:16]}`"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {json.dumps(of)}" for key, of in value.items())
    return str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(findings_page(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
