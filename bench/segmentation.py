"""Source of the sentence, fusion, backbone and missing modalities of a segmenter, side by side at one budget.

    python bench/segmentation.py build/lgg --work build/compared --seconds 600 --seeds 3
    python bench/segmentation.py build/lgg --work build/compared --seconds 600 --seeds 3 --page docs/reference
    python bench/segmentation.py simulated --work build/compared --seconds 3    # discs and squares, made here

The corpus has masks, splits and, for sources beyond the structure's name, instructions (`lexiscope write
instructions`). By default one thing is changed at a time, from `--reference`; `--crossed` trains every combination.
Baselines in the same run: MONAI's DynUNet on stacked modalities with nnU-Net's recipe, once with its optimiser and once
with AdamW (`pip install 'lexiscope[bench]'`), and our own network without text. Each training has the same processor
time for its steps, is kept as a file in WORK, and is not made again: run the same command to go on. Prints a JSON line
for each training; WORK/comparison.json holds all of it.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json, write_json
from lexiscope.core.record import installed_versions
from lexiscope.core.safe_yaml import load_yaml
from lexiscope.corpus import Corpus
from lexiscope.evaluate.evaluation import EvaluationContext
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.segment.answers import MODEL, SENTENCE, SUBSET, SegmentAnswers
from lexiscope.evaluate.segment.comparison.page import write_page
from lexiscope.evaluate.segment.comparison.results import ALL, OURS, Cell, CellResult, Comparison
from lexiscope.evaluate.segment.evaluate import OpenSegment
from lexiscope.evaluate.segment.evaluation import NEAR_SPARED, SegmentOptions
from lexiscope.evaluate.segment.subsets import subset_name
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.job import prepare_segmentation
from lexiscope.training.segment.segment import train_segmenter
from lexiscope.training.segment.step import SegmentStep
from segmentation_peers import PEERS, PLAIN, train_peer
from segmentation_sources import MUTE, SILENT, SIMULATED, authors_of, mute_tower, simulated, sourced_corpus
from segmentation_steps import seconds_of_step

RESULTS = "comparison.json"
_SMALL = {"width": 6, "batch": 4}  # simulated cases are small and easy
_SIMULATED_NOTE = (
    "A small run on simulated planes of bright discs and dark squares, to show what this page holds. It says nothing "
    "about real images; the same command with a corpus of your own in place of `simulated` does."
)
FUSIONS, BACKBONES = ("early", "hybrid", "late"), ("cnn", "vit", "mobilenet-v2")


def main() -> None:
    """Make every training that is not there yet, print a line for each, write all of them."""
    options = _options()
    torch.set_num_threads(1)
    study = Study.open(options)
    results = []
    for number, cell in enumerate(study.cells(), start=1):
        results.append(study.result(cell))
        print(json.dumps(_line(results[-1], number, len(study.cells()))), flush=True)
    comparison = Comparison(study.about(), study.cases, study.groups, results)
    write_json(options.work / RESULTS, comparison.to_dict())
    if options.page is not None:
        write_page(options.work / RESULTS, options.page)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="a corpus, or 'simulated'")
    parser.add_argument("--work", type=Path, required=True, help="keeps trainings between runs")
    parser.add_argument("--name", help="name of the corpus on the page; that of its folder when left out")
    parser.add_argument("--split", default="test")
    parser.add_argument("--limit", type=int, help="measure so many cases, evenly taken")
    parser.add_argument("--seconds", type=float, default=60.0, help="processor seconds of the steps of a training")
    parser.add_argument("--steps", type=int, help="so many steps in place of seconds")
    parser.add_argument("--checks", type=int, default=5, help="times that a training is judged on the split val")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--source", action="append", help="label-name, none, shuffled or an author; repeatable")
    parser.add_argument("--fusion", action="append", choices=FUSIONS)
    parser.add_argument("--backbone", action="append", choices=BACKBONES)
    parser.add_argument("--peer", action="append", choices=PEERS, help="repeatable; all of them when left out")
    parser.add_argument("--reference", default="label-name,late,cnn", help="source, fusion and backbone of the middle")
    parser.add_argument("--crossed", action="store_true", help="every combination, not one change at a time")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-probes", action="store_true", help="do not ask the reference in other words")
    parser.add_argument("--config", type=Path, help="settings of `train segment` in YAML, the same for all")
    parser.add_argument("--instructions", type=float, default=0.5, help="share of sentences that are a case's own")
    parser.add_argument("--note", default="", help="a sentence for the page")
    parser.add_argument("--keep", action="store_true", help="keep the model of every training")
    parser.add_argument("--page", type=Path, help="folder to write the page and its figure into")
    return parser.parse_args()


@dataclass(frozen=True)
class Study:
    """What is compared, on what, at which budget. Use `Study.open`."""

    options: argparse.Namespace
    corpus: Corpus
    settings: dict[str, Any]
    sources: tuple[str, ...]
    cases: list[str]
    groups: list[str]

    @classmethod
    def open(cls, options: argparse.Namespace) -> "Study":
        """Read the corpus and the settings."""
        corpus = simulated(options.work) if str(options.corpus) == SIMULATED else Corpus.open(options.corpus)
        settings = _SMALL if str(options.corpus) == SIMULATED else {}
        if options.config is not None:
            settings = load_yaml(options.config.read_text(encoding="utf-8"))
        sources = tuple(options.source or ("label-name", "none", *_written(corpus)))
        measured = [case for case in corpus.cases(options.split) if case.masks and case.images]
        if not measured:
            raise SystemExit(f"expected cases with masks in split {options.split!r} of {options.corpus}, found none")
        if options.limit is not None:
            rows = np.linspace(0, len(measured) - 1, min(options.limit, len(measured))).round().astype(int)
            measured = [measured[row] for row in rows]
        return cls(options, corpus, settings, sources, [case.id for case in measured], [c.group for c in measured])

    def cells(self) -> list[Cell]:
        """The trainings, the reference first."""
        options, middle = self.options, self.options.reference.split(",")
        levels = (self.sources, options.fusion or FUSIONS, options.backbone or BACKBONES)
        seeds = range(options.seeds)
        ours = dict.fromkeys(Cell(OURS, *choice, seed) for choice in self._choices(middle, levels) for seed in seeds)
        peers = [] if options.no_peers else options.peer or PEERS
        plain = {PLAIN: (middle[1], middle[2])}
        return [
            *ours,
            *(Cell(peer, "", *plain.get(peer, ("early", "cnn")), seed) for peer in peers for seed in seeds),
        ]

    def _choices(self, middle: Sequence[str], levels: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
        if self.options.crossed:
            yield from (
                (source, fusion, backbone) for source in levels[0] for fusion in levels[1] for backbone in levels[2]
            )
            return
        yield tuple(middle)
        for place, of_factor in enumerate(levels):
            yield from ((*middle[:place], level, *middle[place + 1 :]) for level in of_factor)

    def result(self, cell: Cell) -> CellResult:
        """Result of a training, read where it was made before."""
        key = {"corpus": self.corpus.version, "cell": asdict(cell), "settings": self.settings, "cases": self.cases}
        chosen = {name: getattr(self.options, name) for name in ("seconds", "steps", "checks", "instructions")}
        name = sha256_json({**key, **chosen, "probes": self._is_probed(cell)})[:16]
        file = self.options.work / "cells" / f"{name}.json"
        if file.is_file():
            record = json.loads(file.read_text(encoding="utf-8"))
            return CellResult(**{**record, "cell": Cell(**record["cell"])})
        print(f"training: {cell.name}, seed {cell.seed}", file=sys.stderr, flush=True)
        folder = self.options.work / "models" / name
        made = self._ours(cell, folder) if cell.network == OURS else self._peer(cell, folder)
        write_json(file, asdict(made))
        shutil.rmtree(folder / "training" if self.options.keep else folder, ignore_errors=True)
        return made

    def about(self) -> dict[str, Any]:
        """What the page says of the comparison."""
        options, everything = self.options, list(self.corpus)
        settings = "".join(f", {name} {value}" for name, value in self.settings.items())
        budget = f"{options.steps} steps" if options.steps else f"{options.seconds:g} s of processor time on one thread"
        return {
            "corpus": options.name or options.corpus.name,
            "version": self.corpus.version,
            "split": options.split,
            "trained": sum(case.split == "train" and bool(case.masks) for case in everything),
            "modalities": ", ".join(sorted({name for case in everything for name in case.images})),
            "structures": ", ".join(sorted({name for case in everything for name in case.masks})),
            "crossed": options.crossed,
            "budget": f"{budget}, judged {options.checks} times{settings}",
            "note": options.note or (_SIMULATED_NOTE if str(options.corpus) == SIMULATED else ""),
            "command": shlex.join(["python", "bench/segmentation.py", *map(_shown, sys.argv[1:])]),
            "versions": installed_versions(),
        }

    def _is_probed(self, cell: Cell) -> bool:
        """Asked in other words: the reference's network, where it learned from sentences that say something."""
        _, fusion, backbone = self.options.reference.split(",")
        tells = cell.network == OURS and cell.source not in ("none", "shuffled")
        return tells and not self.options.no_probes and (cell.fusion, cell.backbone) == (fusion, backbone)

    def _config(self, cell: Cell) -> SegmentConfig:
        """Settings of a training, but for its length."""
        source = {"instructions": 0.0 if cell.source in SILENT else self.options.instructions}
        if cell.source == "none":
            source["text"] = str(mute_tower(self.options.work / MUTE))
        chosen = {**self.settings, **source, "fusion": cell.fusion, "backbone": cell.backbone, "seed": cell.seed}
        return SegmentConfig(**chosen)

    def _long_enough(self, config: SegmentConfig, cell: Cell, module: torch.nn.Module, rows: Any) -> SegmentConfig:
        """The settings with as many steps as the budget has, in as many epochs as there are checks.

        A network is timed once, and the number kept: all of its trainings make the same steps, and one that was killed
        goes on as it began.
        """
        timed = sha256_json([cell.network, cell.fusion, cell.backbone, self.settings, self.corpus.version])[:16]
        file = self.options.work / "timed" / f"{timed}.json"
        if self.options.steps is None and not file.is_file():
            write_json(file, seconds_of_step(module, rows, config.batch))
        steps = self.options.steps or max(
            self.options.checks, round(self.options.seconds / json.loads(file.read_text(encoding="utf-8")))
        )
        of_epoch = max(1, round(steps / self.options.checks))
        return config.model_copy(update={"epochs": self.options.checks, "windows": of_epoch * config.batch})

    def _ours(self, cell: Cell, folder: Path) -> CellResult:
        corpus = sourced_corpus(self.corpus, self.options.work / "corpora", cell.source)
        config = self._config(cell)
        started = time.process_time()
        job = prepare_segmentation(corpus, ModelDirectory(folder), config)
        module = SegmentStep(job.segmenter, agreement=config.agreement)
        result = train_segmenter(corpus, folder, config=self._long_enough(config, cell, module, job.rows))
        spent = time.process_time() - started
        cost = {"steps": result.steps, "processor_seconds": round(spent, 1), **result.parameters}
        dsc = self._measured(cell, corpus, folder)
        return CellResult(cell, dsc, float(result.validation.get("dsc", 0.0)), cost)

    def _measured(self, cell: Cell, corpus: Corpus, folder: Path) -> dict[str, Any]:
        """Run -> structure -> DSC of each case of the comparison."""
        context = EvaluationContext(ModelDirectory(folder), corpus, self.options.split, 0, 1)
        sentence = "name" if cell.source in SILENT else "own"
        opened = OpenSegment.open(context, SegmentOptions(sentence=sentence, foreign=0, probes=self._is_probed(cell)))
        gate = MeasuredSplit.of(
            context.model, corpus, self.options.split, near_spared=NEAR_SPARED, learned_from=opened.learned_from
        )
        items = [case for case in opened.items(gate) if case.id in set(self.cases)]
        answers = opened.answers(items)
        return self._runs(answers, items, opened.asker.modalities)

    def _runs(self, answers: SegmentAnswers, items: Sequence[Case], modalities: Sequence[str]) -> dict[str, Any]:
        place = {case.id: row for row, case in enumerate(items)}
        names = {subset_name([one for one in modalities if one != name]): f"without {name}" for name in modalities}
        titles = {MODEL: ALL}
        titles |= {(SUBSET, subset): name for subset, name in names.items()}
        titles |= {run: f"sentence {run[1]}" for run in answers.dsc if run[0] == SENTENCE}
        return {
            titles[run]: {
                name: [_plain(values[place[case]]) if case in place else None for case in self.cases]
                for name, values in dsc.items()
            }
            for run, dsc in answers.dsc.items()
            if run in titles
        }

    def _peer(self, cell: Cell, folder: Path) -> CellResult:
        config = self._config(replace(cell, source="label-name"))
        started = time.process_time()
        peer = train_peer(
            cell.network,
            self.corpus,
            folder,
            config,
            length=partial(self._long_enough, config, cell),
        )
        spent = time.process_time() - started
        dsc = peer.measured([self.corpus[case] for case in self.cases])
        return CellResult(cell, dsc, peer.validation, {**peer.cost, "processor_seconds": round(spent, 1)})


def _written(corpus: Corpus) -> tuple[str, ...]:
    """Sources that the instructions of a corpus allow."""
    authors = authors_of(corpus)
    return (*authors, "shuffled") if authors else ()


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def _shown(argument: str) -> str:
    """An argument as it may stand on a page: of a path from the root, the name alone."""
    return f"build/{Path(argument).name}" if argument.startswith("/") else argument


def _line(result: CellResult, number: int, of: int) -> dict[str, Any]:
    means = {run: round(float(np.mean([np.nanmean(v) for v in result.of_run(run).values()])), 3) for run in result.dsc}
    shown = {run: value for run, value in means.items() if not run.startswith("sentence ")}
    return {"training": f"{number} of {of}", "name": result.cell.name, "seed": result.cell.seed, **shown, **result.cost}


if __name__ == "__main__":
    main()
