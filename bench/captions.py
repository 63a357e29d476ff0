"""Who writes captions: the share of the attributes that captions state which each writer gets right.

    python bench/captions.py MODEL CORPUS [--split val] [--captions FILE]

The writer that the model chose on val stands beside all that it has, each asked alone, on the same cases and resampled
groups: composed of predicted attributes, the nearest case's caption, decoded, the most typical one. Look at val as
often as you like and at test once. `--captions` writes what each of them says of each case, to be read. One JSON line;
exit 1 when the model's own choice is worse than a baseline beyond the interval of their difference.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import lexiscope
from lexiscope.evaluate.caption.evaluate import CaptionItems, OpenCaption
from lexiscope.evaluate.caption.evaluation import CaptionEvaluation, CaptionOptions
from lexiscope.evaluate.caption.measure import CaptionMeasure
from lexiscope.evaluate.evaluation import EvaluationContext
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.statistics import Estimate
from lexiscope.models.assistant.captions import BASELINES
from lexiscope.models.directory import ModelDirectory

_RESAMPLES = 1000


def main() -> int:
    """Let every writer describe the cases of a split; print one JSON line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("model", type=Path)
    options.add_argument("corpus", type=Path)
    options.add_argument("--split", default="test")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--captions", type=Path, help="file of JSON lines to write")
    chosen = options.parse_args()
    corpus, model = lexiscope.Corpus.open(chosen.corpus), ModelDirectory(chosen.model)
    context = EvaluationContext(model, corpus, chosen.split, seed=chosen.seed, resamples=_RESAMPLES)
    opened = OpenCaption.open(context, CaptionOptions())
    items = opened.items(
        MeasuredSplit.of(
            model,
            corpus,
            chosen.split,
            near_spared=CaptionEvaluation.near_spared,
            learned_from=opened.learned_from,
        )
    )
    choice = opened.captioner.captions.choice
    written = {name: _by(name, opened, items) for name in choice.writers}
    if chosen.captions is not None:
        chosen.captions.write_text("".join(f"{json.dumps(row)}\n" for row in _rows(items, written)), encoding="utf-8")
    measure = CaptionMeasure(items.measured, items.learned, chosen.seed, _RESAMPLES)
    default = written[choice.writers[0]]
    gained = {name: measure.difference(default, written[name]) for name in BASELINES if name in written}
    line = {
        "name": f"captions {chosen.corpus.name}",
        "split": chosen.split,
        "corpus": corpus.version,
        "seed": chosen.seed,
        "taught_with_seed": model.record("assistant").get("seed"),
        "cases": len(items.measured),
        "default": choice.writers[0],
        "weighed_on_val": {name: round(score, 4) for name, score in choice.scores.items()},
        "attribute_accuracy": {name: _short(measure.all(texts)) for name, texts in written.items()},
        "default_less": {name: _short(found) for name, found in gained.items()},
    }
    print(json.dumps(line))
    return int(any((found["attribute_accuracy"].high or 0) < 0 for found in gained.values() if found))


def _by(name: str, opened: OpenCaption, items: CaptionItems) -> list[str]:
    captions = opened.captioner.captions
    opened.captioner.captions = replace(captions, choice=replace(captions.choice, writers=(name,)))
    return [one.text for one in opened.answers(items)]


def _rows(items: CaptionItems, written: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {
            "case": one.case.id,
            "attributes": dict(one.case.attributes),
            "references": one.references,
            **{name: texts[row] for name, texts in written.items()},
        }
        for row, one in enumerate(items.measured)
    ]


def _short(estimates: Mapping[str, Estimate]) -> dict[str, Any] | None:
    found = estimates.get("attribute_accuracy")
    if found is None:
        return None
    numbers = (found.value, found.low, found.high, found.chance)
    short = [None if number is None else round(number, 4) for number in numbers]
    return {"value": short[0], "interval": short[1:3], "chance": short[3], "n": found.n}


if __name__ == "__main__":
    raise SystemExit(main())
