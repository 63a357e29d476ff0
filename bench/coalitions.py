"""Shapley values of a late-fusion segmenter: every subset of three modalities against one pass for each modality.

    python bench/coalitions.py [--repeats 3]

A segmenter of the default size with random weights, on noise. Both are whole cases cut into windows: three passes, each
with one modality alone, and the masks of all eight subsets with their DSC and Shapley values. Prints one JSON line: the
least processor time of each, their ratio and its target, and the Shapley values, which add up to the DSC of all three.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from lexiscope.evaluate.metrics.segmentation import dice
from lexiscope.interpret.coalitions import subsets
from lexiscope.interpret.contribution.shapley import shapley_values
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterConfig
from lexiscope.models.segmenter.windows import ShownImage, body_of, segment_case, segment_choices
from lexiscope.testing.models import tiny_text_tower

TARGET = 1.2
_MODALITIES, _SHAPE, _WINDOW = ("flair", "t1", "t2"), (8, 240, 240), (128, 128)


def main() -> None:
    """Time both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    segmenter, rng = _segmenter(), np.random.default_rng(0)
    images = {name: rng.standard_normal((1, *_SHAPE)).astype(np.float16) for name in _MODALITIES}
    truth = rng.random(_SHAPE) < 0.5
    sentence = torch.zeros(1, segmenter.text.width)
    shown = [ShownImage(name, image) for name, image in images.items()]
    kept = subsets(_MODALITIES)
    choices = [[number for number, name in enumerate(_MODALITIES) if name in some] for some in kept[1:]]

    def passes() -> None:
        for name, image in images.items():
            segment_case(segmenter, {name: image}, sentence, window=_WINDOW)

    def shapley() -> Any:
        made = segment_choices(segmenter, shown, choices, sentence, window=_WINDOW, body=body_of(images))
        return shapley_values(np.array([[0.0, *(dice(one.probability(0).numpy() > 0.5, truth) for one in made)]]))

    values = shapley()
    alone, together = _least(passes, given.repeats), _least(shapley, given.repeats)
    line = {
        "three_passes_s": round(alone, 2),
        "shapley_s": round(together, 2),
        "ratio": round(together / alone, 3),
        "target": TARGET,
        "values": dict(zip(_MODALITIES, values[0].round(4).tolist(), strict=True)),
    }
    print(json.dumps(line))


def _segmenter() -> Segmenter:
    text = tiny_text_tower()
    config = SegmenterConfig(modalities=dict.fromkeys(_MODALITIES, 1), text=text.config.to_dict())
    config.trunk, config.decoder = {"kind": "cnn", "widths": (128, 160)}, (16, 32, 64, 128)
    torch.manual_seed(0)
    return Segmenter(config, text.tokenizer).eval()


def _least(work: Callable[[], Any], repeats: int) -> float:
    """Least processor time: other work on a machine only adds to it."""
    spent = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


if __name__ == "__main__":
    main()
