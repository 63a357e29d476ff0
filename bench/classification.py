"""Classification on the tumour, chest, glioma and figure sets: intervals, baselines, hidden modalities.

    python bench/classification.py [tumour] [tumour-opened] [covid] [lgg] [figures] [--data FOLDER] [--work FOLDER]

Choose on val (`--split val`); look at test once. Each seed aligns anew. Targets on test: tumour probe 0.94 and prompts
0.88.

What the numbers do not show: the tumour set publishes no patients, so slices of one may be on both sides. Notes of the
chest set are case histories, many images of a patient share one, and those that state the finding are held back. The
kinds of figures are what captions name (`sources.figures.image_type`), so they are only as right as those rules.
"""

import argparse
import json
import os
import shutil
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import lexiscope
from lexiscope.sources.papers.jats import JatsSource
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.sources.tables.table import TableSource

SETS: dict[str, dict[str, Any]] = {
    "tumour": {
        "attributes": ("label",),
        "target": {"probe_balanced_accuracy": 0.94, "zero_shot_balanced_accuracy": 0.88},
    },
    "tumour-opened": {
        "attributes": ("label",),
        "target": {"probe_balanced_accuracy": 0.94, "zero_shot_balanced_accuracy": 0.88},
        # the three blocks between the levels that are read, with the classes beside the captions
        "align": {"open_blocks": 3, "label": "label", "label_temperature": 0.1, "epochs": 8, "batch": 16}
        | {"lr": 5e-4, "tower_lr": 3e-5},
    },
    "covid": {"attributes": ("finding",), "min_groups": 10},
    "lgg": {"attributes": ("grade", "histology", "laterality")},
    "figures": {"attributes": ("image_type",), "min_groups": 10},
}
_FACTS = (
    "finding", "view", "sex", "age", "survival", "went_icu", "intubated", "temperature", "pO2_saturation",
    "leukocyte_count", "lymphocyte_count", "offset_days",
)  # fmt: skip
_SHOWN = (
    "probe_balanced_accuracy", "zero_shot_balanced_accuracy", "evidential_balanced_accuracy", "auc", "ece",
    "evidential_ece", "evidential_uncertainty_auc",
)  # fmt: skip


def main() -> None:
    """Build, align with each seed, evaluate; one JSON line for each set and attribute."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sets", nargs="*", default=list(SETS), help=f"of {', '.join(SETS)}; all when none is named")
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--work", type=Path, default=None, help="keeps corpora and models between runs")
    options.add_argument("--split", default="test")
    options.add_argument("--seeds", type=int, default=3)
    chosen = options.parse_args()
    work = chosen.work or Path(mkdtemp(prefix="classification-"))
    for name in chosen.sets:
        for source in sources(name, chosen.data, work):
            lexiscope.build_corpus(work / name, source)
        lexiscope.split_corpus(work / name, fractions={"train": 0.7, "test": 0.3})  # of what came without a split
        start = time.perf_counter()
        models = [align(work, name, seed) for seed in range(chosen.seeds)]
        seconds = round((time.perf_counter() - start) / len(models), 1)
        for attribute in SETS[name]["attributes"]:
            runs = [
                lexiscope.evaluate_model(
                    model,
                    work / name,
                    task="classify",
                    attribute=attribute,
                    split=chosen.split,
                    min_groups=SETS[name].get("min_groups", 0),
                    seed=seed,
                ).to_dict()
                for seed, model in enumerate(models)
            ]
            shown = {"name": f"classification {name} {attribute}", "split": chosen.split, "align_s": seconds}
            print(json.dumps(shown | _summary(runs) | {"target": SETS[name].get("target")}), flush=True)


def sources(name: str, data: Path, work: Path) -> list[Any]:
    """What a set is built from; textbooks are copied into a folder of the work."""
    if name == "lgg":
        return [NiftiSource(data / "lgg_mri" / "cases", table=data / "lgg_mri" / "cases.csv")]
    if name == "figures":
        return [_textbooks(data / "openstax_figures", work / "textbooks"), JatsSource(data / "papers_cc_by")]
    if name.startswith("tumour"):
        columns = {"text_columns": ("caption",), "attribute_columns": ("label",)}
        table = data / "brain_tumor_4class" / "metadata.csv"
    else:
        columns = {"text_columns": ("report",), "attribute_columns": _FACTS, "group_column": "patient"}
        table = data / "covid_cxr" / "metadata.csv"
    return [TableSource(table, image_columns=("image",), split_column="split", **columns)]


def _textbooks(data: Path, copy: Path) -> TableSource:
    """The figures of textbooks under the name that figures of papers have, so that one tower reads both."""
    shutil.copytree(data / "images", copy / "images", dirs_exist_ok=True)
    rows = (data / "pairs.jsonl").read_text().replace('"image":', '"figure":')
    (copy / "pairs.jsonl").write_text(rows)
    return TableSource(
        copy / "pairs.jsonl",
        image_columns=("figure",),
        text_columns=("caption", "alt_text"),
        group_column="module",
        split_column="split",
        image_types=True,
    )


def align(work: Path, name: str, seed: int) -> Path:
    """Joint space of a set."""
    model = work / f"{name}-model-{seed}"
    lexiscope.align(work / name, model, config=lexiscope.AlignConfig(seed=seed, **SETS[name].get("align", {})))
    return model


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Each metric of each seed; the intervals, baselines and hidden modalities of the first."""
    first = runs[0]
    return {
        "corpus": first["corpus"],
        "values": first["values"],
        "n": first["n"],
        "groups": first["groups"],
        "by_seed": {metric: [_short(run["metrics"][metric]["value"]) for run in runs] for metric in _SHOWN},
        "interval": {metric: _interval(first["metrics"][metric]) for metric in _SHOWN},
        "baselines": {name: _numbers(metrics) for name, metrics in first["baselines"].items()},
        "without": {
            name: {"n": found["n"], **{metric: _short(found["metrics"][metric]["value"]) for metric in _SHOWN[:3]}}
            for name, found in first["without"].items()
        },
        "opinions": {
            name: {"uncertainty": _short(found["uncertainty"]), **_numbers({"accuracy": found["balanced_accuracy"]})}
            for name, found in first["opinions"].items()
        },
        "fusion": first["fusion"]["verdict"],
        "texts": first["texts"],
    }


def _numbers(metrics: dict[str, dict[str, Any]]) -> dict[str, list[float | None]]:
    return {metric: [_short(found["value"]), *_interval(found)] for metric, found in metrics.items()}


def _interval(found: dict[str, Any]) -> list[float | None]:
    return [_short(found["low"]), _short(found["high"])]


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


if __name__ == "__main__":
    main()
