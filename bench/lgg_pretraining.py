"""What pretraining is worth on brain MRI: MAE, SimCLR, DeCUR, CoMM and none side by side, by patient, three seeds.

    python bench/lgg_pretraining.py [--data FOLDER] [--work FOLDER] [--seeds 3] [--objective none ...]

Each tower is pretrained on the images of the split "train" for the same number of passes (ten, over eight slices a
scan, 64 pixels, 32 a step, one thread), with the defaults of the objective; "none" is a tower with random weights,
once as the CNN of the contrastive losses and once as the ViT of MAE. Then, with the tower as it is:

- probes for grade, histology and laterality on its features, in five folds by patient over train and val, and once on
  test after fitting on train and val;
- alignment with the texts (`train align` in three folds of train and val, heads solved in closed form), and retrieval
  of the patients that share laterality and location by the words "in the LATERALITY LOCATION", in the fold left out;
- the same with each sequence taken away from the cases of the queries.

Intervals resample patients. Prints one JSON line for each objective, three seeds averaged before the interval is taken.
Pretraining saw the images of the train patients that a fold leaves out, never their labels or words; test saw neither.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from lexiscope.core import Case
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.evaluate.metrics.classification import auc, balanced_accuracy
from lexiscope.evaluate.metrics.retrieval import average_precision, chance_average_precision, relevant_ranks
from lexiscope.evaluate.statistics import bootstrap_by_group
from lexiscope.features.towers import compute_features
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.tasks.classify.probe import fit_probe
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.image import image_job
from lexiscope.training.pretrain.pretrain import pretrain

TARGETS = ("grade", "histology", "laterality")
OBJECTIVES = ("none", "none, vit", "mae", "simclr", "decur", "comm")
FOLDS, ALIGNED_FOLDS = 5, 3

Features = dict[str, np.ndarray]  # modality -> (n, f), NaN where it is missing


def main() -> None:
    """Build once, pretrain and measure each objective and seed, print a line an objective."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--work", type=Path, default=None, help="keeps corpora and models between runs")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--objective", action="append", choices=OBJECTIVES, help="repeatable; all by default")
    arguments = options.parse_args()
    torch.set_num_threads(1)
    work = arguments.work or Path(mkdtemp(prefix="lgg-"))
    if not Corpus.exists(work / "corpus"):
        build_corpus(work / "corpus", NiftiSource(arguments.data / "lgg_mri"))
    study = Study.prepare(work)
    for objective in arguments.objective or OBJECTIVES:
        runs = [study.measure(objective, seed) for seed in range(arguments.seeds)]
        print(
            json.dumps({"name": "lgg pretraining", "objective": objective, "seeds": arguments.seeds, **_report(runs)})
        )
        sys.stdout.flush()


@dataclass(frozen=True)
class Study:
    """The corpus, the folds of its train and val patients, and the queries of retrieval."""

    work: Path
    corpus: Corpus
    cases: list[Case]  # train and val
    test: list[Case]
    folds: list[np.ndarray]  # rows of `cases` that each fold leaves out

    @classmethod
    def prepare(cls, work: Path) -> "Study":
        """Read the corpus, and write one for each fold, where what is left out is "test"."""
        corpus = Corpus.open(work / "corpus")
        cases = [case for case in corpus if case.split in ("train", "val")]
        splitter = GroupKFold(ALIGNED_FOLDS, shuffle=True, random_state=0)
        folds = [held for _, held in splitter.split(cases, groups=[case.group for case in cases])]
        for number, held in enumerate(folds):
            path = work / f"fold-{number}"
            if not path.exists():
                shutil.copytree(work / "corpus", path)
                left_out = {cases[row].id for row in held}
                fold_corpus = Corpus.open(path)
                fold_corpus.upsert([replace(case, split="test" if case.id in left_out else "train") for case in cases])
        return cls(work, corpus, cases, [case for case in corpus if case.split == "test"], folds)

    def measure(self, objective: str, seed: int) -> dict[str, Any]:
        """Every number of one objective and seed, a value for each case, so that seeds can be averaged."""
        model, seconds = self.pretrained(objective, seed)
        measured: dict[str, Any] = {"pretrain_s": seconds}
        features = self._features(model, seed)
        for target in TARGETS:
            measured |= self._probes(features, target, seed=seed)
        measured["test"] = {target: self._test(features, target) for target in TARGETS}
        measured |= self._retrieval(model, seed)
        return measured

    def pretrained(self, objective: str, seed: int) -> tuple[Path, float]:
        """A model directory with an image part; with random weights for "none"."""
        model = self.work / f"{objective.replace(', ', '-')}-{seed}"
        recipe = {"mae": "mae", "none, vit": "mae"}.get(objective, objective if objective != "none" else "simclr")
        config = PretrainConfig(objective=recipe, slices=8, batch=32, epochs=10, seed=seed)
        if not objective.startswith("none"):
            result = pretrain(self.corpus, model, config=config)
            return model, ModelDirectory(model).record("image")["result"]["seconds"] if result.notes else result.seconds
        started = time.monotonic()
        job = image_job(self.corpus, config)
        record = {"verb": "random weights", "config": {"objective": "none"}, "corpus": self.corpus.version}
        job.save(ModelDirectory(model), {**record, "trained_on": None, "weights": [], "run": f"{objective} {seed}"})
        return model, time.monotonic() - started

    def _features(self, model: Path, seed: int) -> Features:
        """What the tower says about train, val and test cases, in this order."""
        joint = self._aligned(model, 0, seed=seed)  # its tower is that of every fold
        cases = [*self.cases, *self.test]
        views = ModelDirectory(model).views("image")
        kept = compute_features(joint, self.corpus, cases=cases, texts=(), views=views)
        images, present = kept.of_images(cases)
        return {name: np.where(present[name][:, None], x, np.nan) for name, x in images.items()}

    def _aligned(self, model: Path, fold: int, *, seed: int) -> JointSpace:
        out = model / f"fold-{fold}"
        if not (out / "image").exists():
            shutil.copytree(model / "image", out / "image")
        align(self.work / f"fold-{fold}", out, config=AlignConfig(seed=seed, epochs=1))
        return ModelDirectory(out).joint()

    def _probes(self, features: Features, target: str, *, seed: int) -> dict[str, dict[str, np.ndarray]]:
        """Probabilities of each case from the folds that leave it out; then with each sequence taken from them."""
        known, labels, names = _labels(self.cases, target)
        groups = np.array([self.cases[row].group for row in known])
        inputs = {taken: _stacked(features, taken)[: len(self.cases)][known] for taken in ("", *features)}
        probabilities = {taken: np.zeros((len(labels), len(names))) for taken in inputs}
        splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
        for train, held in splitter.split(inputs[""], labels, groups):
            probe = fit_probe(inputs[""][train], labels[train], list(groups[train]), classes=len(names))
            for taken, x in inputs.items():
                probabilities[taken][held] = _softmax(probe.logits(x[held]))
        shared = {"labels": labels, "groups": groups}
        return {_named(target, taken): {"probabilities": values, **shared} for taken, values in probabilities.items()}

    def _test(self, features: Features, target: str) -> dict[str, np.ndarray]:
        known, labels, names = _labels(self.cases, target)
        stacked = _stacked(features, "")
        probe = fit_probe(stacked[known], labels, [self.cases[row].group for row in known], classes=len(names))
        rows = [row for row, case in enumerate(self.test) if _value(case, target) in names]
        true = np.array([names.index(_value(self.test[row], target) or "") for row in rows])
        probabilities = _softmax(probe.logits(stacked[[len(self.cases) + row for row in rows]]))
        return {
            "probabilities": probabilities,
            "labels": true,
            "groups": np.array([self.test[row].group for row in rows]),
        }

    def _retrieval(self, model: Path, seed: int) -> dict[str, Any]:
        """Average precision of each left-out case's words, and its chance; then with each sequence taken away."""
        measured: dict[str, Any] = {}
        for number, held in enumerate(self.folds):
            joint, views = self._aligned(model, number, seed=seed), ModelDirectory(model).views("image")
            cases = [self.cases[row] for row in held if _place(self.cases[row])]
            corpus = Corpus.open(self.work / f"fold-{number}")
            images, present = compute_features(joint, corpus, cases=cases, texts=(), views=views).of_images(cases)
            for taken in ("", *images):
                shown = {name: mask & (name != taken) for name, mask in present.items()}
                some = np.flatnonzero(torch.stack(list(shown.values())).any(dim=0).numpy())
                gallery = [cases[row] for row in some]
                precision = _precision(joint, gallery, images, shown, some)
                for name, values in precision.items():
                    part = measured.setdefault(_named("retrieval", taken), {})
                    part.setdefault(name, []).extend(values)
        return measured


@torch.no_grad()
def _precision(
    joint: JointSpace, cases: Sequence[Case], images: dict[str, torch.Tensor], shown: dict[str, torch.Tensor], rows: Any
) -> dict[str, list[Any]]:
    vectors = joint.project_images(
        {name: x[rows] for name, x in images.items()}, {n: m[rows] for n, m in shown.items()}
    )
    places = [_place(case) for case in cases]
    queries = joint.embed_texts([f"A lower-grade glioma in the {place}." for place in places])
    relevant = [np.flatnonzero([other == place for other in places]) for place in places]
    ranks = relevant_ranks(queries.numpy(), vectors.numpy(), relevant)
    chance = [chance_average_precision(np.array([len(some)]), len(cases)) for some in relevant]
    return {"value": list(average_precision(ranks)), "chance": chance, "group": [case.group for case in cases]}


def _report(runs: list[dict[str, Any]]) -> dict[str, Any]:
    report: dict[str, Any] = {"pretrain_s": [round(run["pretrain_s"], 1) for run in runs]}
    for name in runs[0]:
        if name.startswith(TARGETS):
            report[name] = _classified([run[name] for run in runs])
        if name.startswith("retrieval"):
            report[name] = _retrieved([run[name] for run in runs])
    report["test"] = {target: _classified([run["test"][target] for run in runs]) for target in TARGETS}
    return report


def _classified(runs: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    """The mean over seeds of each metric, with the interval of that mean when patients are drawn again."""
    labels, groups = runs[0]["labels"], runs[0]["groups"]
    metrics: dict[str, tuple[Callable[..., float], float]] = {
        "balanced_accuracy": (balanced_accuracy, 1 / len(np.unique(labels))),
        "auc": (auc, 0.5),
    }
    measured: dict[str, Any] = {}
    for name, (metric, chance) in metrics.items():

        def mean(rows: np.ndarray, metric: Callable[..., float] = metric) -> float:
            chosen = rows.astype(int)
            return float(np.mean([metric(run["probabilities"][chosen], labels[chosen]) for run in runs]))

        estimate = bootstrap_by_group(np.arange(len(labels)), list(groups), chance=chance, statistic=mean)
        measured[name] = _rounded(estimate.to_dict())
        measured[name]["seeds"] = [round(metric(run["probabilities"], labels), 3) for run in runs]
    return measured


def _retrieved(runs: list[dict[str, list[Any]]]) -> dict[str, Any]:
    values = np.mean([run["value"] for run in runs], axis=0)
    estimate = bootstrap_by_group(values, runs[0]["group"], chance=float(np.mean(runs[0]["chance"])))
    return {**_rounded(estimate.to_dict()), "seeds": [round(float(np.mean(run["value"])), 3) for run in runs]}


def _rounded(record: dict[str, float | None]) -> dict[str, Any]:
    return {name: None if value is None else round(value, 3) for name, value in record.items()}


def _named(what: str, taken: str) -> str:
    return f"{what} without {taken}" if taken else what


def _stacked(features: Features, taken: str) -> np.ndarray:
    """All sequences side by side, one of them missing everywhere."""
    return np.concatenate([np.full_like(x, np.nan) if name == taken else x for name, x in features.items()], axis=1)


def _labels(cases: Sequence[Case], target: str) -> tuple[list[int], np.ndarray, list[str]]:
    values = [_value(case, target) for case in cases]
    names = sorted({value for value in values if value is not None})
    known = [row for row, value in enumerate(values) if value is not None]
    return known, np.array([names.index(values[row] or "") for row in known]), names


def _value(case: Case, target: str) -> str | None:
    value = case.attributes.get(target)
    return None if value is None or value == "midline" else str(value)  # one case lies in the midline: no class


def _place(case: Case) -> str | None:
    side, lobe = _value(case, "laterality"), _value(case, "location")
    return f"{side} {lobe}" if side and lobe else None


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    main()
