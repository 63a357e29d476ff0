"""Simulated papers on glass: do the written answers, the read scale bars and a frozen tower agree with the truth?

    python bench/glass_papers.py [--papers 120] [--seed 0] [--work FOLDER] [--scale-bars] [--probe]

Prints one JSON line each. `answers`: yes/no turns of the rules against `truth.json`, by defect, with how many are yes.
`--scale-bars`: nm a pixel within 5 % of the truth; precision is right over read, recall right over pictures (needs
the extra `ocr`, a second a picture). `--probe`: accuracy of a linear probe on the readouts of the frozen default tower,
on papers left out (five folds), beside one that knows the brightness, contrast and histogram only, and the commoner
answer.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

import lexiscope
from lexiscope.core.case import Case
from lexiscope.language.conversations.write import write_conversations
from lexiscope.simulate.glass import write_glass_papers
from lexiscope.simulate.glass.papers import TRUTH
from lexiscope.sources.papers.jats import JatsSource

DEFECTS = {"bubbles": "bubble", "cracks": "crack", "crystals": "crystal", "phase separation": "phase separation"}
_RIGHT = 0.05
_TARGETS = {"agreement": 0.98, "precision": 0.9, "probe": 0.93}
_FOLDS = 5


def main() -> int:
    """Make the papers, score what was asked for; exit 1 when a target is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--papers", type=int, default=120)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--work", type=Path)
    options.add_argument("--scale-bars", action="store_true")
    options.add_argument("--probe", action="store_true")
    chosen = options.parse_args()
    work = chosen.work or Path(mkdtemp())
    papers = work / "papers"
    write_glass_papers(papers, papers=chosen.papers, seed=chosen.seed)
    start = time.perf_counter()
    lexiscope.build_corpus(work / "corpus", JatsSource(papers, scale_bars=chosen.scale_bars))
    seconds = round(time.perf_counter() - start, 1)
    write_conversations(work / "corpus")
    cases = list(lexiscope.Corpus.open(work / "corpus"))
    truths = [_truth(papers, case) for case in cases]
    lines = [_answers(cases, truths)]
    if chosen.scale_bars:
        lines.append(_scale_bars(cases, truths) | {"build_s": seconds})
    if chosen.probe:
        lines.append(_probe(work / "corpus", cases, truths))
    for line in lines:
        print(json.dumps(line), flush=True)
    return 0 if all(line["ok"] for line in lines) else 1


def _truth(papers: Path, case: Case) -> dict[str, Any]:
    figures = json.loads((papers / case.group / TRUTH).read_text())["figures"]
    return next(figure for figure in figures if figure["id"] == case.provenance.locator["fig"])


def _answers(cases: list[Case], truths: list[dict[str, Any]]) -> dict[str, Any]:
    right, given = defaultdict(Counter), defaultdict(Counter)
    for case, truth in zip(cases, truths, strict=True):
        for turn in case.turns:
            if turn.answer not in ("Yes", "No"):
                continue
            name = next((name for name in DEFECTS if name in turn.question), None)
            if name is not None:
                right[name][(turn.answer == "Yes") == (truth["defects"][name] is not None)] += 1
                given[name][turn.answer] += 1
    agreement = sum(count[True] for count in right.values()) / sum(count.total() for count in right.values())
    return {
        "name": "glass papers: answers",
        "figures": len(cases),
        "turns": sum(len(case.turns) for case in cases),
        "agreement": round(agreement, 4),
        "by_defect": {name: {"right": right[name][True], "of": right[name].total(), **given[name]} for name in DEFECTS},
        "there": {name: round(float(np.mean(_present(truths, name))), 3) for name in DEFECTS},
        "target": _TARGETS["agreement"],
        "ok": agreement >= _TARGETS["agreement"],
    }


def _present(truths: list[dict[str, Any]], name: str) -> np.ndarray:
    return np.array([truth["defects"][name] is not None for truth in truths], np.int64)


def _scale_bars(cases: list[Case], truths: list[dict[str, Any]]) -> dict[str, Any]:
    found = [
        (spacing[-1], truth["nm_per_px"])
        for case, truth in zip(cases, truths, strict=True)
        if (spacing := case.images["figure"].spacing)
    ]
    right = sum(abs(read / true - 1) <= _RIGHT for read, true in found)
    precision = right / max(1, len(found))
    return {
        "name": "glass papers: scale bars",
        "read": len(found),
        "precision": round(precision, 4),
        "recall": round(right / len(cases), 4),
        "target": _TARGETS["precision"],
        "ok": precision >= _TARGETS["precision"],
    }


def _probe(path: Path, cases: list[Case], truths: list[dict[str, Any]]) -> dict[str, Any]:
    """Accuracy on papers left out, of a probe on the tower and of one on brightness."""
    from lexiscope.sources.pixels import read_pixels

    corpus = lexiscope.Corpus.open(path)
    seen = _features(corpus, cases)
    bright = []
    for case in cases:
        pixels = read_pixels(corpus.object_path(case.images["figure"])).astype(np.float32).ravel()
        shares = np.histogram(pixels, bins=16, range=(0, 256))[0] / pixels.size
        bright.append([pixels.mean(), pixels.std(), *shares])
    groups = [case.group for case in cases]
    found = {}
    for name in DEFECTS:
        labels = _present(truths, name)
        found[name] = {
            "probe": _accuracy(seen, labels, groups),
            "brightness": _accuracy(np.array(bright, np.float32), labels, groups),
            "commoner": round(float(max(labels.mean(), 1 - labels.mean())), 3),
        }
    mean = float(np.mean([scores["probe"] for scores in found.values()]))
    return {
        "name": "glass papers: probe",
        "figures": len(cases),
        "papers": len(set(groups)),
        "accuracy": found,
        "mean": round(mean, 3),
        "target": _TARGETS["probe"],
        "ok": mean >= _TARGETS["probe"],
    }


def _features(corpus: lexiscope.Corpus, cases: list[Case]) -> np.ndarray:
    import torch

    from lexiscope.models.build import build_encoder
    from lexiscope.training.align.config import IMAGE_TOWER
    from lexiscope.views import ViewCache, choose_views, load_batch

    torch.set_num_threads(1)
    views = choose_views(cases, size=224)
    encoder, _ = build_encoder(views, tower=IMAGE_TOWER)
    encoder.eval()
    cache, parts = ViewCache(corpus.path / ".views"), []
    with torch.inference_mode():
        for start in range(0, len(cases), 16):
            batch = load_batch(corpus, cases[start : start + 16], views, cache)
            parts.append(encoder.features(batch.images, batch.present)["figure"].float().numpy())
    return np.concatenate(parts)


def _accuracy(features: np.ndarray, labels: np.ndarray, groups: list[str]) -> float:
    from lexiscope.tasks.classify.probe import fit_probe

    papers = sorted(set(groups))
    fold_of = {paper: place % _FOLDS for place, paper in enumerate(papers)}
    folds = np.array([fold_of[group] for group in groups])
    right = 0
    for fold in range(_FOLDS):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        probe = fit_probe(features[train], labels[train], [groups[place] for place in train], classes=2)
        right += int((probe.logits(features[test]).argmax(1) == labels[test]).sum())
    return round(right / len(labels), 3)


if __name__ == "__main__":
    sys.exit(main())
