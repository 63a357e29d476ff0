"""Three published ways to learn from few cases, beside a plain probe on the same features of real images.

    python bench/few_shot.py --data ../shared/data --work build/few-shot
    python bench/few_shot.py --check     # each on features made so that it must win

- `ica`: independent components of embeddings of a joint space (arXiv 2402.06223: contrastive learning finds its latents
  up to a rotation, which FastICA undoes), found on all images of the split "train" without labels. A probe with a ridge
  does not see rotations, so one with a lasso stands beside it, and both on principal components of the same number.
- `concept` and `generated` (after arXiv 2410.10663; a linear model in place of their networks): many labelled cases
  have one sequence, the k cases both. `concept` maps the other sequence to what the first one tells, `generated` makes
  features of the other sequence for all cases, a disturbance that the k cases show added. "joined", a probe on both
  sequences as if they were one, has the same labels and no transfer: that is what they must beat.
- `guided` (after the fusion of arXiv 2201.02356): patches of all sequences are weighed by where models of single
  sequences, which learned from masks of the split "train", see the tumour. "masked", by the true masks, is the most
  that a guide could give, and has seen what a user does not have.

Features are those of the packaged tower, settings are those of the papers or of the task's probe, and nothing is chosen
by the results. Embeddings of `ica` come from captions of "train", which may state the attribute. k labelled cases of
each class are drawn from "train" five times; accuracy, each class weighing the same, is measured on "val" and "test"
together. A line gives the mean of the draws and its difference from each baseline, with 95 % intervals over patients.
Many intervals are looked at: one in twenty leaves out the truth.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch

import lexiscope
from classification import align, sources
from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.probe import few_shot, fit_probe
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.views import ViewCache, load_batch
from lexiscope.views.intensity import Intensity
from lexiscope.views.slices import SlicesView

SHOTS, DRAWS, COMPONENTS = (1, 5, 10), 5, 32
ATTRIBUTES = {"tumour": ("label",), "lgg": ("grade", "laterality")}
SHOWN, OTHER = "flair", "post"  # the sequence of many cases, and that of few
SIDE, SLICES, PATCH = 112, 4, 14  # pixels of a slice that is read patch by patch

Way: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""From rows of "train" that are labelled to the class of every case that is measured."""


@dataclass(frozen=True)
class Labelled:
    """Cases of a set with the value of an attribute.

    Args:
        train: Patient of each case to draw from.
        test: Patient of each case to measure on.
        labels: Class of each of `train`.
        truth: Class of each of `test`.
        classes: Number of classes.
    """

    train: Sequence[str]
    test: Sequence[str]
    labels: np.ndarray
    truth: np.ndarray
    classes: int

    def probe(self, features: np.ndarray, labels: np.ndarray, measured: np.ndarray) -> np.ndarray:
        """Class of each measured row by the task's probe."""
        groups = [str(row) for row in range(len(labels))]
        return fit_probe(features, labels, groups, classes=self.classes).logits(measured).argmax(axis=1)


def main() -> None:
    """Read features, draw, learn, measure; one JSON line each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--work", type=Path, default=Path("build/few-shot"), help="keeps corpora and models")
    options.add_argument("--check", action="store_true")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")  # of components and lassos that few rows leave undecided
    for line in checks() if chosen.check else lines(chosen.data, chosen.work):
        print(json.dumps({"bench": "few_shot"} | line), flush=True)


def lines(data: Path, work: Path) -> Iterator[dict[str, Any]]:
    """Every way on every attribute of both sets."""
    for name, attributes in ATTRIBUTES.items():
        for source in sources(name, data, work):
            lexiscope.build_corpus(work / name, source)
        if not (work / f"{name}-model-0").exists():
            align(work, name, 0)
        model, corpus = ModelDirectory(work / f"{name}-model-0"), Corpus.open(work / name)
        readouts = Readouts(model.joint(), model.views())
        for attribute in attributes:
            for kind, found in ways_of(name, readouts, corpus, attribute).items():
                for line in measured(*found):
                    yield {"set": name, "attribute": attribute, "kind": kind} | line


def labelled(corpus: Corpus, attribute: str) -> tuple[list[Case], list[Case], Labelled]:
    """Cases to draw from and to measure on, of the values that ten cases of "train" or more have."""
    train = [case for case in corpus.cases("train") if attribute in case.attributes]
    values = [str(case.attributes[attribute]) for case in train]
    kept = sorted(value for value in set(values) if values.count(value) >= max(SHOTS))
    train = [case for case in train if str(case.attributes[attribute]) in kept]
    test = [
        case for split in ("val", "test") for case in corpus.cases(split) if str(case.attributes.get(attribute)) in kept
    ]
    numbers = [np.array([kept.index(str(case.attributes[attribute])) for case in some]) for some in (train, test)]
    groups = [[case.group for case in some] for some in (train, test)]
    return train, test, Labelled(*groups, *numbers, len(kept))


def ways_of(
    name: str, readouts: Readouts, corpus: Corpus, attribute: str
) -> dict[str, tuple[tuple[str, ...], dict[str, Way], Labelled]]:
    """Kind -> its baselines, its ways, and the cases that they are for."""
    train, test, cases = labelled(corpus, attribute)
    (fitted, unit), (measured, other) = (readouts.of_cases(corpus, some) for some in (train, test))
    made = {"rotation": (("plain", "pca", "pca lasso"), rotated(unit, other, cases), cases)}
    if name == "lgg":
        columns = [readouts.blocks[sequence] for sequence in (SHOWN, OTHER)]
        few, both = _both_there([(fitted[:, some], measured[:, some]) for some in columns], cases)
        made["transfer"] = (("plain", "joined"), transferred(few, both), both)
        made["attention"] = (("plain",), attended(readouts, corpus, train, test, cases), cases)
    return made


def rotated(train: np.ndarray, test: np.ndarray, cases: Labelled) -> dict[str, Way]:
    """Probes on embeddings, on their principal components and on independent ones."""
    from sklearn.decomposition import PCA, FastICA

    number = min(COMPONENTS, len(train) - 1, train.shape[1])
    principal = PCA(number, whiten=True, random_state=0).fit(train)
    independent = FastICA(number, whiten="unit-variance", max_iter=500, random_state=0).fit(train)
    spaces = {"plain": (train, test)} | {
        key: (found.transform(train), found.transform(test))
        for key, found in {"pca": principal, "ica": independent}.items()
    }
    ridge = {
        key: lambda rows, s=some: cases.probe(s[0][rows], cases.labels[rows], s[1]) for key, some in spaces.items()
    }
    lasso = {f"{key} lasso": lambda rows, s=some: _lasso(s, rows, cases) for key, some in spaces.items()}
    return ridge | lasso


def _lasso(space: tuple[np.ndarray, np.ndarray], rows: np.ndarray, cases: Labelled) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    scale = space[0].std(axis=0) + 1e-9
    model = LogisticRegression(penalty="l1", solver="saga", C=1.0, max_iter=300, random_state=0)
    return model.fit(space[0][rows] / scale, cases.labels[rows]).predict(space[1] / scale)


def _both_there(
    sequences: Sequence[tuple[np.ndarray, np.ndarray]], cases: Labelled
) -> tuple[Sequence[tuple[np.ndarray, np.ndarray]], Labelled]:
    """Cases that have both sequences, and few components of each."""
    from sklearn.decomposition import PCA

    train, test = (np.all([np.isfinite(some[side]).all(axis=1) for some in sequences], axis=0) for side in (0, 1))
    kept = replace(
        cases,
        train=[group for group, there in zip(cases.train, train, strict=True) if there],
        test=[group for group, there in zip(cases.test, test, strict=True) if there],
        labels=cases.labels[train],
        truth=cases.truth[test],
    )
    made = []
    for fitted, measured in sequences:
        few = PCA(COMPONENTS, whiten=True, random_state=0).fit(fitted[train])
        made.append((few.transform(fitted[train]), few.transform(measured[test])))
    return made, kept


def transferred(sequences: Sequence[tuple[np.ndarray, np.ndarray]], cases: Labelled) -> dict[str, Way]:
    """Ways of classifying the other sequence, with many labels of the first."""
    (first, _), (second, measured) = sequences
    labels = cases.labels

    def concept(rows: np.ndarray) -> np.ndarray:
        to_first = _ridge(second[rows], first[rows])
        return cases.probe(first, labels, to_first(measured))

    def generated(rows: np.ndarray) -> np.ndarray:
        to_second = _ridge(first[rows], second[rows])
        disturbance = second[rows] - to_second(first[rows])
        drawn = np.random.default_rng(0).integers(0, len(rows), len(first))
        made = to_second(first) + disturbance[drawn]
        return cases.probe(np.concatenate([second[rows], made]), np.concatenate([labels[rows], labels]), measured)

    return {
        "plain": lambda rows: cases.probe(second[rows], labels[rows], measured),
        "joined": lambda rows: cases.probe(
            np.concatenate([second[rows], first]), np.concatenate([labels[rows], labels]), measured
        ),
        "concept": concept,
        "generated": generated,
    }


def _ridge(x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A linear map that the rows show, as much ridge as they have variance."""
    mean, target = x.mean(axis=0), y.mean(axis=0)
    kernel = (x - mean) @ (x - mean).T
    weight = (x - mean).T @ np.linalg.solve(kernel + max(np.trace(kernel) / len(x), 1e-6) * np.eye(len(x)), y - target)
    return lambda values: (values - mean) @ weight + target


def attended(
    readouts: Readouts, corpus: Corpus, train: Sequence[Case], test: Sequence[Case], cases: Labelled
) -> dict[str, Way]:
    """Probes on patches averaged evenly, by what models of single sequences see, and by true masks."""
    everyone = [*train, *test]
    patches, present = read_patches(readouts, corpus, everyone)
    shares = read_masks(corpus, everyone)
    fitted = np.arange(len(train))
    seen = [
        np.where(there[:, None], _seen(x, shares, fitted[there[fitted]]), np.nan)
        for x, there in ((patches[name], present[name]) for name in patches)
    ]
    weights = {
        "plain": np.ones_like(shares),
        "guided": np.clip(np.nanmean(seen, axis=0), 0, None) + 1e-6,
        "masked": shares + 1e-6,
    }
    made: dict[str, Way] = {}
    for way, weight in weights.items():
        pooled = [_pooled(patches[name], present[name], weight) for name in patches]
        features = np.concatenate(pooled, axis=1).astype(np.float32)
        made[way] = lambda rows, x=features[: len(train)], y=features[len(train) :]: cases.probe(
            x[rows], cases.labels[rows], y
        )
    return made


def _seen(x: np.ndarray, shares: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Share of the tumour in each patch, as a ridge regression on single patches of one sequence has it."""
    flat, target = x[fitted].reshape(-1, x.shape[-1]), shares[fitted].ravel()
    mean, scale = flat.mean(axis=0), flat.std(axis=0) + 1e-6
    rows = (flat - mean) / scale
    weight = np.linalg.solve(rows.T @ rows + 100 * np.eye(rows.shape[1]), rows.T @ (target - target.mean()))
    return np.asarray((x - mean) / scale @ weight + target.mean())


def _pooled(x: np.ndarray, there: np.ndarray, weight: np.ndarray) -> np.ndarray:
    mean = np.einsum("npd,np->nd", x, weight / weight.sum(axis=1, keepdims=True))
    return np.where(there[:, None], mean, np.nan)


@torch.inference_mode()
def read_patches(
    readouts: Readouts, corpus: Corpus, cases: Sequence[Case]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Modality -> `(n, patches, d)` of the deepest level that the tower's readout takes; and which cases have it."""
    encoder = readouts.joint.image
    views = {name: replace(view, size=SIDE, slices=SLICES) for name, view in readouts.views.items()}
    parts: list[dict[str, np.ndarray]] = []
    present = {name: np.array([name in case.images for case in cases]) for name in views}
    for start in range(0, len(cases), 8):
        batch = load_batch(corpus, cases[start : start + 8], views, ViewCache(corpus.path / ".views"))
        tokens = encoder.places({name: x.float() for name, x in batch.images.items()}, batch.present)
        parts.append({name: _without_prefix(x, encoder.prefix(name)) for name, x in tokens.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in views}, present


def _without_prefix(tokens: torch.Tensor, prefix: int) -> np.ndarray:
    return tokens.unflatten(1, (SLICES, -1))[:, :, prefix:].flatten(1, 2).float().numpy()


def read_masks(corpus: Corpus, cases: Sequence[Case]) -> np.ndarray:
    """`(n, patches)`: share of each patch that the tumour covers."""
    whole = Intensity(scale="window", window=(0.0, 1.0), mean=(0.0,), std=(1.0,))
    view = SlicesView(size=SIDE, slices=SLICES, fit="squash", channels=1, intensity=whole)
    as_images = [replace(case, images={"mask": next(iter(case.masks.values()))}) for case in cases]
    batch = load_batch(corpus, as_images, {"mask": view}, ViewCache(corpus.path / ".views"))
    shares = torch.nn.functional.avg_pool2d(batch.images["mask"][:, :, 0].float(), PATCH)  # (n, s, y, x)
    return shares.flatten(1).numpy()


def measured(baselines: Sequence[str], ways: Mapping[str, Way], cases: Labelled) -> Iterator[dict[str, Any]]:
    """Accuracy of every way for each k, and its difference from each baseline."""
    share = np.bincount(cases.truth, minlength=cases.classes)[cases.truth] / len(cases.truth)
    weight = 1 / (share * len(set(cases.truth.tolist())))  # its mean over cases is one, each class has the same part
    for shots in SHOTS:
        draws = [few_shot(cases.labels, cases.train, shots=shots, seed=draw) for draw in range(DRAWS)]
        if any(rows is None for rows in draws):
            continue
        right = {
            key: np.mean([(way(rows) == cases.truth) * weight for rows in draws], axis=0) for key, way in ways.items()
        }
        for key, scores in right.items():
            yield {
                "k": shots,
                "way": key,
                "accuracy": _shown(_over(scores, cases)),
                "chance": round(1 / cases.classes, 3),
                "beyond": {one: _shown(_over(scores - right[one], cases)) for one in baselines if one != key},
                "cases": len(cases.truth),
            }


def _over(values: np.ndarray, cases: Labelled) -> Estimate:
    return bootstrap_by_group(values, cases.test, chance=0.0)


def _shown(estimate: Estimate) -> list[float | None]:
    return [None if one is None else round(one, 3) for one in (estimate.value, estimate.low, estimate.high)]


def checks() -> Iterator[dict[str, Any]]:
    """Features in which one of 16 latents, heavy-tailed and rotated, is the class; and two views of half of them."""
    rng = np.random.default_rng(0)
    n, rows, width = 2400, 3000, 16
    groups = [str(row) for row in range(rows)]
    latents = rng.laplace(size=(rows, width))
    labels = (latents[:, 0] > 0).astype(np.int64)
    made = Labelled(groups[:n], groups[n:], labels[:n], labels[n:], 2)
    rotation, _ = np.linalg.qr(rng.normal(size=(width, width)))
    features = (latents @ rotation).astype(np.float32)
    for line in measured(("plain", "pca", "pca lasso"), rotated(features[:n], features[n:], made), made):
        yield {"set": "check", "kind": "rotation"} | line
    shared = latents[:, :8]
    views = [shared @ rng.normal(size=(8, 32)) + 0.3 * rng.normal(size=(rows, 32)) for _ in range(2)]
    for line in measured(("plain", "joined"), transferred([(x[:n], x[n:]) for x in views], made), made):
        yield {"set": "check", "kind": "transfer"} | line


if __name__ == "__main__":
    main()
