"""MobileNetV2, the packaged DINOv2 and both together on four sets of pictures with texts: retrieval and probes.

    python bench/encoders.py --work FOLDER [--split val]    # one JSON line for each set and encoder
    python bench/encoders.py --page docs/reference/encoders.md    # the page of what results/encoders.jsonl holds

Frozen readouts, as `train align` takes them by default, of at most 280 pictures of the split "train", 40 of "val" and
100 of "test". Retrieval is where `train align` starts, regularised CCA with the texts: each text is looked for among
the pictures of the split. The probe is that of `classify`. With both encoders CCA has a branch for each, and in the
probe the two count the same. Choose on val; look at test once. Readouts are kept in the folder of the work.
"""

import argparse
import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lexiscope.evaluate.metrics.retrieval import average_precision, recall_at, relevant_ranks
from lexiscope.evaluate.statistics import bootstrap_by_group
from lexiscope.models.build import build_encoder
from lexiscope.models.text import TextTower
from lexiscope.models.weights import resolve
from lexiscope.sources.pixels import read_pixels
from lexiscope.tasks.classify.probe import fit_probe
from lexiscope.training.align.cca import WeightedPairs, regularised_cca
from lexiscope.views.planar import PlanarView

_PAGE = """# Which image tower to take

The towers that install without a network, alone and both together, on four sets of pictures with texts. This page is
written by `python bench/encoders.py --page docs/reference/encoders.md` from `bench/results/encoders.jsonl`.

Towers stay as they are. At most 280 pictures of "train" were learned from, at most 100 of "test" measured, once.
*Found* is how often a text finds its picture among the first ten, *precision* the mean average precision of the same
search, from where `train align` starts (regularised CCA, before any epoch). *Probe* is the balanced accuracy of
`classify`, without mirrored pictures. In brackets are 95 % intervals over groups. **Bold** is what lies surely above
`{base}` on the same queries, *slanted* what lies surely below; the rest cannot be told apart.
With *both* a space has a branch for each tower; no option of `train align` makes such a model.

{summary}
"""
_SHOWN = {
    "openstax_figures": "figures of textbooks, captions and alternative texts; the kind of figure is told",
    "vqa_rad": "radiology images, all questions with their answers as one text; the part of the body is told",
    "covid_cxr": "chest X-rays, case histories; COVID-19 or another finding is told",
    "brain_tumor_4class": "slices of brain MRI, one sentence for each of four classes, which are told: a sentence "
    "fits a quarter of the pictures, so that one is always found",
}

TOWERS = ("mobilenet-v2", "dinov2-small-focus")
ENCODERS = {"mobilenet-v2": TOWERS[:1], "dinov2-small-focus": TOWERS[1:], "both": TOWERS}
TEXT, TEXT_LEVELS = "sentence-transformers/all-MiniLM-L6-v2", (3, 4, 5, 6)
METRICS = ("recall@10", "precision", "probe")
MOST = {"train": 280, "val": 40, "test": 100}
SIZE, WIDTH, AT_ONCE = 224, 128, 16
RESULTS = Path(__file__).parent / "results" / "encoders.jsonl"


@dataclass(frozen=True)
class Example:
    """A picture with its texts, and its label, "" where it has none."""

    path: Path
    split: str
    group: str
    texts: tuple[str, ...]
    label: str


def main() -> None:
    """Measure and print lines, or write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("LEXISCOPE_SHARED", "../shared/data")))
    options.add_argument("--work", type=Path, default=Path("build/encoders"))
    options.add_argument("--split", default="test")
    options.add_argument("--page", type=Path, default=None)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    if chosen.page is not None:
        chosen.page.write_text(page([json.loads(line) for line in RESULTS.read_text().splitlines()]))
        return
    chosen.work.mkdir(parents=True, exist_ok=True)
    for name, read in SETS.items():
        examples = drawn(read(chosen.data / name))
        for line in measured(name, examples, chosen.work, split=chosen.split):
            print(json.dumps(line), flush=True)


def textbooks(data: Path) -> Iterator[Example]:
    """Figures of textbooks with captions and alternative texts; the label is the kind of figure."""
    for line in (data / "pairs.jsonl").read_text().splitlines():
        row = json.loads(line)
        texts = tuple(row[name] for name in ("caption", "alt_text") if row.get(name))
        yield Example(data / row["image"], row["split"], row["module"], texts, row["kind"])


def chests(data: Path) -> Iterator[Example]:
    """Chest X-rays with case histories; the label is COVID-19 or another finding."""
    for row in _table(data):
        label = "" if not row["finding"] else "COVID-19" if row["finding"].startswith("COVID-19") else "other"
        texts = (row["report"],) if row["report"] else ()
        yield Example(data / row["image"], row["split"], row["patient"], texts, label)


def tumours(data: Path) -> Iterator[Example]:
    """Slices of brain MRI with one of four sentences; the label is the tumour that they name."""
    for row in _table(data):
        yield Example(data / row["image"], row["split"], row["id"], (row["caption"],), row["label"])


def questions(data: Path) -> Iterator[Example]:
    """Radiology images with what was asked and answered about them; the label is the part of the body."""
    asked: dict[str, list[dict[str, Any]]] = {}
    for line in (data / "qa.jsonl").read_text().splitlines():
        row = json.loads(line)
        asked.setdefault(row["image"], []).append(row)
    for image, rows in asked.items():
        text = " ".join(f"{row['question']} {row['answer']}." for row in rows)
        yield Example(data / image, rows[0]["split"], image, (text,), rows[0]["organ"])


SETS: Mapping[str, Callable[[Path], Iterator[Example]]] = {
    "openstax_figures": textbooks,
    "vqa_rad": questions,
    "covid_cxr": chests,
    "brain_tumor_4class": tumours,
}


def drawn(examples: Iterable[Example]) -> list[Example]:
    """At most so many of each split, the same in every run."""
    every = list(examples)
    order = [every[row] for row in np.random.default_rng(0).permutation(len(every))]
    return [example for split, most in MOST.items() for example in [x for x in order if x.split == split][:most]]


def measured(name: str, examples: Sequence[Example], work: Path, *, split: str) -> Iterator[dict[str, Any]]:
    """A line for each encoder: retrieval and probe on one split, and how far from the packaged DINOv2."""
    read = {tower: readouts(examples, tower, work / f"{name}-{tower}.npy") for tower in TOWERS}
    texts = list(dict.fromkeys(text for example in examples for text in example.texts))
    words = Words(texts, kept(work / f"{name}-text.npy", lambda: _of_texts(texts)))
    found = {
        encoder: searched([read[tower] for tower in towers], words, examples, split)
        | {"probe": probed([read[tower] for tower in towers], examples, split)}
        for encoder, towers in ENCODERS.items()
    }
    for encoder, scores in found.items():
        line: dict[str, Any] = {"name": "encoders", "set": name, "split": split, "encoder": encoder}
        for metric, score in scores.items():
            line[metric] = score.interval()
            line[f"{metric} beyond {TOWERS[1]}"] = score.interval(found[TOWERS[1]][metric])
        yield line


@dataclass(frozen=True)
class Score:
    """One number for each query or case; their mean, or with classes the mean over the means of the classes."""

    values: np.ndarray
    groups: Sequence[str]
    classes: np.ndarray | None = None

    def of(self, rows: np.ndarray) -> float:
        """The score of some of the queries or cases."""
        values = self.values[rows]
        if self.classes is None:
            return float(values.mean())
        classes = self.classes[rows]
        return float(np.mean([values[classes == one].mean() for one in np.unique(classes)]))

    def interval(self, base: "Score | None" = None) -> list[float | None]:
        """The score, or what it is beyond another, with the ends of the interval over groups."""

        def measured(rows: np.ndarray) -> float:
            return self.of(rows) - (0.0 if base is None else base.of(rows))

        found = bootstrap_by_group(np.arange(len(self.values)), self.groups, chance=None, statistic=measured)
        return [None if end is None else round(end, 3) for end in (found.value, found.low, found.high)]


@dataclass(frozen=True)
class Words:
    """Different texts and their vectors."""

    texts: Sequence[str]
    vectors: np.ndarray


def searched(read: Sequence[np.ndarray], words: Words, examples: Sequence[Example], split: str) -> dict[str, Score]:
    """Every text of the split, looked for among its pictures with a text, after CCA on those of "train"."""
    train, gallery = (_rows(examples, one, lambda example: bool(example.texts)) for one in ("train", split))
    place = {text: row for row, text in enumerate(words.texts)}
    pairs = [
        (case, place[text], len(examples[row].texts)) for case, row in enumerate(train) for text in examples[row].texts
    ]
    images = {str(branch): _standardised(x, train) for branch, x in enumerate(read)}
    maps, of_text = regularised_cca(
        {branch: x[train] for branch, x in images.items()},
        torch.from_numpy(words.vectors),
        WeightedPairs(
            torch.tensor([case for case, _, _ in pairs]),
            torch.tensor([text for _, text, _ in pairs]),
            torch.tensor([1 / count for _, _, count in pairs]),
        ),
        width=WIDTH,
    )
    seen = sum(images[branch] @ one.weight.T + one.bias for branch, one in maps.items())[gallery]
    asked = list(dict.fromkeys(text for row in gallery for text in examples[row].texts))
    spoken = torch.from_numpy(words.vectors[[place[text] for text in asked]]) @ of_text.weight.T + of_text.bias
    relevant = [np.array([at for at, row in enumerate(gallery) if text in examples[row].texts]) for text in asked]
    ranks = relevant_ranks(_unit(spoken), _unit(seen), relevant)
    groups = [examples[gallery[rows[0]]].group for rows in relevant]
    return {"recall@10": Score(recall_at(ranks, 10), groups), "precision": Score(average_precision(ranks), groups)}


def probed(read: Sequence[np.ndarray], examples: Sequence[Example], split: str) -> Score:
    """Whether each case of the split is told right, for the balanced accuracy."""
    train, asked = (_rows(examples, one, lambda example: bool(example.label)) for one in ("train", split))
    names = sorted({examples[row].label for row in train})
    asked = [row for row in asked if examples[row].label in names]
    learned, true = (np.array([names.index(examples[row].label) for row in rows]) for rows in (train, asked))
    ends = list(accumulate(x.shape[1] for x in read))
    blocks = [slice(end - x.shape[1], end) for end, x in zip(ends, read, strict=True)] if len(read) > 1 else []
    features = np.concatenate(read, axis=1)
    groups = [examples[row].group for row in train]
    probe = fit_probe(features[train], learned, groups, classes=len(names), blocks=blocks)
    right = probe.logits(features[asked]).argmax(axis=1) == true
    return Score(right, [examples[row].group for row in asked], true)


def readouts(examples: Sequence[Example], tower: str, file: Path) -> np.ndarray:
    """The default readout of every picture by a tower."""
    return kept(file, lambda: _of_images(examples, tower))


def kept(file: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """What was computed before, or else is now."""
    if not file.exists():
        np.save(file, make())
    return np.load(file)


@torch.inference_mode()
def _of_images(examples: Sequence[Example], tower: str) -> np.ndarray:
    view = PlanarView(size=SIZE, fit="squash")
    encoder, _ = build_encoder({"image": view}, tower=tower)
    parts = []
    for start in range(0, len(examples), AT_ONCE):
        images = np.stack([view.prepare(read_pixels(example.path)) for example in examples[start : start + AT_ONCE]])
        x = torch.from_numpy(images).float()
        parts.append(encoder.features({"image": x}, {"image": torch.ones(len(x), dtype=torch.bool)})["image"])
    return torch.cat(parts).numpy()


@torch.inference_mode()
def _of_texts(texts: Sequence[str]) -> np.ndarray:
    return TextTower.load(resolve(TEXT), levels=TEXT_LEVELS).encode(texts).numpy()


def page(lines: Sequence[Mapping[str, Any]]) -> str:
    """The page of the results as Markdown: a table for each set."""
    measured_once = [line for line in lines if line["split"] == "test"]
    summary = "\n".join(_beside_base(encoder, measured_once) for encoder in ENCODERS if encoder != TOWERS[1])
    parts = [_PAGE.format(base=TOWERS[1], summary=summary).strip()]
    for name, told in _SHOWN.items():
        rows = [line for line in measured_once if line["set"] == name]
        table = [f"| {row['encoder']} | {' | '.join(_cell(row, metric) for metric in METRICS)} |" for row in rows]
        head = ["| tower | found | precision | probe |", "|---|---|---|---|"]
        parts.append("\n".join([f"## {name}", "", f"{told[0].upper()}{told[1:]}.", "", *head, *table]))
    return "\n\n".join(parts) + "\n"


def _beside_base(encoder: str, lines: Sequence[Mapping[str, Any]]) -> str:
    sides = [_side(line, metric) for line in lines if line["encoder"] == encoder for metric in METRICS]
    above, below = sides.count(1), sides.count(-1)
    return f"- `{encoder}`: of {len(sides)} numbers {above} surely above `{TOWERS[1]}`, {below} surely below"


def _cell(row: Mapping[str, Any], metric: str) -> str:
    value, low, high = row[metric]
    mark = {1: "**", 0: "", -1: "*"}[_side(row, metric)]
    return f"{mark}{value:.2f}{mark} ({low:.2f} to {high:.2f})"


def _side(row: Mapping[str, Any], metric: str) -> int:
    """1 where the whole interval of the difference lies above nothing, -1 below, else 0."""
    _, low, high = row[f"{metric} beyond {TOWERS[1]}"]
    return int(low > 0) - int(high < 0)


def _table(data: Path) -> list[dict[str, str]]:
    with (data / "metadata.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _rows(examples: Sequence[Example], split: str, wanted: Callable[[Example], bool]) -> list[int]:
    return [row for row, example in enumerate(examples) if example.split == split and wanted(example)]


def _standardised(x: np.ndarray, train: Sequence[int]) -> torch.Tensor:
    std = x[train].std(axis=0)
    return torch.from_numpy((x - x[train].mean(axis=0)) / np.where(std > 1e-6, std, 1))


def _unit(x: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(x, dim=-1).numpy()


if __name__ == "__main__":
    main()
