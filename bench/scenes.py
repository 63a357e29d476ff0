"""Colour and depth scenes with planted truth: does a segmenter sort the classes as they were planted?

    python bench/scenes.py --work build/scenes
    python bench/scenes.py --work build/scenes --seeds 1 --fusion early --scenes 48 --epochs 8

For each seed, scenes are simulated, and a segmenter is trained on them with early, hybrid and late fusion, each in two
to four minutes of processor time. The DSC of each class on the split "test" is measured with both images and with each
alone, the segmenter's own way of doing without. A class is sorted by whether one image is enough, which is to say that
it takes the DSC more than half of the way from chance to that of both, in a 95 % interval over scenes:

- special to an image: it is enough, the other is not;
- consistent: each of them is enough;
- synergistic: neither is;
- not learned: the DSC of both is not above one half;
- undecided: an interval holds the half of the way.

Chance is the DSC of marking all that looks like the class to who cannot tell: every plate, tokens and decoys, for
"token" (0.4), nothing for the others (0). Without it a segmenter that marked all plates by one image would seem to know
the tokens. Own definition; the way from chance replaced that from zero after a first run had left tokens undecided.
Prints a JSON line for each class of each training, with what it was sorted as after each epoch that was kept and from
which of them on it was as expected, and how many were in the end. In late fusion the sign of a mask's logit is that of
a sum of one term for each image. No such sum is positive for red and low and for blue and high, negative for the other
two: late fusion can learn one of the two kinds of token, a DSC of about two thirds, or neither, so "synergistic" and
"not learned" are both as expected of it. (Only the second was, until a training came to a DSC of 0.58.)
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image as Pillow

import lexiscope
from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.evaluate.metrics.segmentation import dice
from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.interpret.adapters.segmenter import SegmenterSubject, segmenter_subjects
from lexiscope.interpret.subject import TEXT, Cases, Coalition
from lexiscope.models.directory import ModelDirectory
from lexiscope.simulate.scenes import write_scenes
from lexiscope.simulate.scenes.folder import MODALITIES
from lexiscope.simulate.scenes.plan import PLANTED, VALUES
from lexiscope.sources.tables.table import TableSource
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.segment import train_segmenter

FUSIONS = ("early", "hybrid", "late")
ENOUGH = LEARNED = 0.5


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a class needs, by the DSC of a trained segmenter.

    Args:
        both: DSC with both images.
        alone: Modality -> DSC with that image alone.
        kind: What it was sorted as.
    """

    both: Estimate
    alone: Mapping[str, Estimate]
    kind: str


def sort_class(
    both: Float[np.ndarray, " n"],
    alone: Mapping[str, Float[np.ndarray, " n"]],
    groups: Sequence[str],
    *,
    chance: Float[np.ndarray, " n"] | float = 0.0,
) -> Sorted:
    """Sort a class by the DSC of each case that shows it.

    Args:
        both: DSC with both images.
        alone: Modality -> DSC with that image alone.
        groups: Scene of each case.
        chance: DSC of who cannot tell.

    Example:
        >>> both, nothing = np.ones(6), np.zeros(6)
        >>> sort_class(both, {"colour": both, "depth": nothing}, list("aabbcc")).kind
        'special to colour'
    """
    all_of_it = bootstrap_by_group(both, groups, chance=0.0)
    estimates = {name: bootstrap_by_group(scores, groups, chance=0.0) for name, scores in alone.items()}
    over = {
        name: bootstrap_by_group(scores - chance - ENOUGH * (both - chance), groups, chance=0.0)
        for name, scores in alone.items()
    }  # paired by case
    return Sorted(all_of_it, estimates, _kind(all_of_it, over))


def _kind(both: Estimate, over: Mapping[str, Estimate]) -> str:
    if both.low is None or both.low <= LEARNED:
        return "not learned"
    if any(one.low is None or one.high is None or one.low <= 0 <= one.high for one in over.values()):
        return "undecided"
    enough = [name for name, one in over.items() if one.value is not None and one.value > 0]
    if len(enough) == len(over):
        return "consistent"
    return f"special to {enough[0]}" if enough else "synergistic"


def expected(name: str, fusion: str) -> tuple[str, ...]:
    """What a class may be sorted as.

    Example:
        >>> expected("token", "early"), expected("token", "late")
        (('synergistic',), ('synergistic', 'not learned'))
    """
    planted = PLANTED[name]
    return (planted, "not learned") if planted == "synergistic" and fusion == "late" else (planted,)


def sort_subject(subject: SegmenterSubject, cases: Cases[Case], scenes: Path) -> Sorted:
    """The structure of a segmenter, sorted on cases of a folder of scenes."""
    kept = [frozenset(MODALITIES), *(frozenset({name}) for name in MODALITIES)]
    outcomes = subject.outcomes(cases, [Coalition(names | {TEXT}) for names in kept])
    both, *alone = [np.asarray(outcome.score, dtype=float) for outcome in outcomes]
    chance = plates_for_tokens(scenes, cases.ids) if subject.structure == "token" else 0.0
    return sort_class(both, dict(zip(MODALITIES, alone, strict=True)), cases.groups, chance=chance)


def plates_for_tokens(scenes: Path, ids: Sequence[str]) -> Float[np.ndarray, " n"]:
    """DSC of all plates with the tokens among them."""
    labels = [np.asarray(Pillow.open(scenes / "{}/{}-labels.png".format(*name.rsplit("-", 1)))) for name in ids]
    plates = [np.isin(picture, [VALUES["token"], VALUES["decoy"]]) for picture in labels]
    return np.array([dice(found, shown == VALUES["token"]) for found, shown in zip(plates, labels, strict=True)])


def by_epoch(subject: SegmenterSubject, cases: Cases[Case], scenes: Path) -> dict[int, Sorted]:
    """What the structure was sorted as after each epoch that was kept."""
    found = {}
    for epoch, opened in subject.epochs().items():
        with opened() as then:
            found[epoch] = sort_subject(then, cases, scenes)
    return found


def scene_corpus(folder: Path, *, scenes: int, seed: int) -> Corpus:
    """A corpus of simulated scenes; made if needed."""
    made = write_scenes(folder / "scenes", scenes=scenes, seed=seed)
    source = TableSource(
        Path(made.table),
        image_columns=MODALITIES,
        mask_columns=("labels",),
        structures={name: (str(VALUES[name]),) for name in PLANTED},
        id_column="id",
        group_column="scene",
        split_column="split",
        licence="CC0 1.0",
    )
    lexiscope.build_corpus(folder / "corpus", source)
    return Corpus.open(folder / "corpus")


def settings(fusion: str, *, seed: int, epochs: int) -> SegmentConfig:
    """Settings of a small segmenter of planes of 64 x 64 pixels."""
    return SegmentConfig(
        fusion=fusion, dims=2, window=(64, 64), width=6, windows=256, batch=8,
        agreement=0.0, epochs=epochs, seed=seed,
        keep_checkpoints=max(1, epochs // 5),
    )  # fmt: skip


def lines(chosen: Any) -> Iterator[dict[str, Any]]:
    """A line for each class of each training."""
    for seed in range(chosen.seeds):
        corpus = scene_corpus(chosen.work / f"seed-{seed}", scenes=chosen.scenes, seed=seed)
        for fusion in chosen.fusion:
            out = chosen.work / f"seed-{seed}" / fusion
            train_segmenter(corpus, out, config=settings(fusion, seed=seed, epochs=chosen.epochs))
            for subject, cases in segmenter_subjects(ModelDirectory(out), corpus, chosen.split):
                yield {"seed": seed, "fusion": fusion} | _line(subject, cases, fusion, corpus.path.parent / "scenes")


def _line(subject: SegmenterSubject, cases: Cases[Case], fusion: str, scenes: Path) -> dict[str, Any]:
    name, found = subject.structure, sort_subject(subject, cases, scenes)
    scores = {"both": found.both, **{f"{kind} alone": one for kind, one in found.alone.items()}}
    epochs = by_epoch(subject, cases, scenes)
    right = [one.kind in expected(name, fusion) for one in epochs.values()]
    since = next((epoch for place, epoch in enumerate(epochs) if all(right[place:])), None)
    return {
        "class": name,
        **{of: _shown(one) for of, one in scores.items()},
        "sorted": found.kind,
        "planted": PLANTED[name],
        "as_expected": found.kind in expected(name, fusion),
        "as_expected_from_epoch": since,
        "by_epoch": {epoch: [one.kind, _shown(one.both)[0]] for epoch, one in epochs.items()},
    }


def _shown(estimate: Estimate) -> list[float | None]:
    return [None if number is None else round(number, 3) for number in (estimate.value, estimate.low, estimate.high)]


def main() -> None:
    """Simulate, train, sort; one JSON line for each class, and a last one that counts."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--work", type=Path, required=True, help="keeps scenes, corpora and models between runs")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--fusion", action="append", choices=FUSIONS, help="all when none is named")
    options.add_argument("--scenes", type=int, default=96)
    options.add_argument("--epochs", type=int, default=32)
    options.add_argument("--split", default="test")
    chosen = options.parse_args()
    chosen.fusion = chosen.fusion or list(FUSIONS)
    right = []
    for line in lines(chosen):
        print(json.dumps(line), flush=True)
        right.append(line["as_expected"])
    print(json.dumps({"sorted_as_expected": sum(right), "of": len(right)}), flush=True)


if __name__ == "__main__":
    main()
