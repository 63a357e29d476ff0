"""What a lab's training gains and loses when it starts from a published model, and what mixing with the start keeps.

    python bench/published_start.py                 # heads alone
    python bench/published_start.py --unfreeze      # towers, too

A small CLIP learns sixteen things of a general world (four shapes in four colours) and is saved as publishers do. A lab
has grey pictures of the same shapes under other words. For each seed it prints the accuracy in the general world among
its sixteen captions (chance 0.0625) and on the lab's split "test" among its eight (chance 0.125): of the published
model, of the trained weights alone, of those that `train align --start` keeps, and of those that it keeps with `--keep`
and other pictures of the general world. Exit 1 where the last are worse in the lab than the published model, or know
less of the general world than the trained weights alone.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Picture

from lexiscope.core.case import Provenance
from lexiscope.core.passage import Passage
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.models.published.space import load_published
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.testing import DraftSource
from lexiscope.testing.published import SIDE, save_published
from lexiscope.training.align.align import align
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.loop.checkpoint import read_weights
from lexiscope.views import View
from lexiscope.views.intensity import Intensity

COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 80, 220), "yellow": (220, 200, 40)}
WORDS = {"disc": "round pore", "square": "cubic grain", "cross": "crossed crack", "ring": "circle of oxide"}
GENERAL = [(shape, colour) for shape in WORDS for colour in COLOURS]
LAB = [(shape, matrix) for shape in WORDS for matrix in ("bright", "dark")]
WIDTH = 64
LAB_CASES, HELD_OUT, KNOWN = 400, 20, 10  # of the lab; pictures of each general thing to measure and to keep by


def main() -> int:
    """Train and measure for each seed, print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--unfreeze", action="store_true")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--lr", type=float, default=None)
    parser.add_argument("--tower-lr", type=float, default=1e-4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    failed = 0
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as name:
            line = measure(Path(name), seed, options)
        print(json.dumps(line), flush=True)
        lab, general = line["lab"], line["general"]
        failed += lab["kept with --keep"] < lab["published"]
        failed += general["kept with --keep"] < general["trained"]
    return int(failed > 0)


def measure(folder: Path, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Accuracies of the three models in both worlds."""
    published = save_published(folder / "published", [*map(said_of, GENERAL), *map(told_of, LAB)], seed=seed)
    learn_general_world(folder / "published", seed=seed, steps=options.steps)
    corpus = lab_corpus(folder / "corpus", np.random.default_rng((seed, 1)))
    general = general_corpus(folder / "general", np.random.default_rng((seed, 3)))
    settings = {"start": published, "epochs": options.epochs, "batch": 40, "lr": options.lr, "seed": seed}
    settings |= {"unfreeze": options.unfreeze, "tower_lr": options.tower_lr}
    models = {"kept": ModelDirectory(folder / "model"), "kept with --keep": ModelDirectory(folder / "keeping")}
    for model, more in zip(models.values(), ({}, {"keep": general.path}), strict=True):
        align(corpus, model.path, config=AlignConfig.of({**settings, **more}))
    views = models["kept"].views()
    rng = np.random.default_rng((seed, 2))
    drawn = [(number, drawn_general(thing, rng)) for number, thing in enumerate(GENERAL) for _ in range(HELD_OUT)]
    tested = [(LAB.index((case.attributes["shape"], case.attributes["matrix"])), case) for case in corpus.cases("test")]
    seen = [(number, np.asarray(Picture.open(corpus.object_path(case.images["sem"])))) for number, case in tested]
    spaces = {"published": load_published(published).joint_space(views)}
    spaces["trained"] = load_published(published).joint_space(views)
    best = read_weights(folder / "model" / "training" / "align" / "best.safetensors")
    spaces["trained"].load_state_dict({name.removeprefix("space."): x for name, x in best.items()}, strict=False)
    spaces |= {name: model.joint() for name, model in models.items()}
    in_general = {
        name: accuracy(space, views["sem"], drawn, list(map(said_of, GENERAL))) for name, space in spaces.items()
    }
    in_lab = {name: accuracy(space, views["sem"], seen, list(map(told_of, LAB))) for name, space in spaces.items()}
    shares = {name: model.record()["start"]["weight"] for name, model in models.items()}
    return {
        "bench": "published_start",
        "seed": seed,
        "unfreeze": options.unfreeze,
        "lr": options.lr,
        "shares": shares,
        "general": in_general,
        "lab": in_lab,
    }


def said_of(thing: tuple[str, str]) -> str:
    """Caption of the general world."""
    return f"a {thing[1]} {thing[0]}"


def told_of(thing: tuple[str, str]) -> str:
    """Caption of the lab."""
    return f"{WORDS[thing[0]]} in {thing[1]} matrix"


def outline(shape: str, rng: np.random.Generator) -> np.ndarray:
    """Mask of a shape of any place and size."""
    y, x = np.mgrid[:SIDE, :SIDE] - rng.uniform(0.35, 0.65, 2)[:, None, None] * SIDE
    radius, far = SIDE * rng.uniform(0.2, 0.3), np.hypot(x, y)
    return {
        "disc": far < radius,
        "ring": (far < radius) & (far > 0.6 * radius),
        "square": np.maximum(abs(x), abs(y)) < radius,
        "cross": (np.minimum(abs(x), abs(y)) < radius / 3) & (np.maximum(abs(x), abs(y)) < radius),
    }[shape]


def drawn_general(thing: tuple[str, str], rng: np.random.Generator) -> np.ndarray:
    """Colour picture, (y, x, c)."""
    pixels = rng.integers(0, 40, (SIDE, SIDE, 3)).astype(np.uint8)
    pixels[outline(thing[0], rng)] = COLOURS[thing[1]]
    return pixels


def drawn_in_lab(thing: tuple[str, str], rng: np.random.Generator) -> np.ndarray:
    """Grey picture, (y, x, c): a shape a little brighter or darker than a noisy matrix."""
    level = 160 if thing[1] == "bright" else 70
    pixels = rng.normal(level, 18, (SIDE, SIDE))
    pixels[outline(thing[0], rng)] += 60 if thing[1] == "dark" else -60
    return np.repeat(pixels.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def learn_general_world(folder: Path, *, seed: int, steps: int) -> None:
    """Put a wider CLIP in place of the one at a folder, and train it on one picture of each thing a step."""
    from transformers import CLIPConfig, CLIPModel

    published, config = load_published(str(folder)), CLIPConfig.from_pretrained(folder)
    for part in (config.vision_config, config.text_config):
        part.hidden_size, part.intermediate_size = WIDTH, 2 * WIDTH
    config.projection_dim = WIDTH
    torch.manual_seed(seed)
    rng, model = np.random.default_rng((seed, 0)), CLIPModel(config).train()
    words = published.text.tokenizer.encode_batch(list(map(said_of, GENERAL)))
    ids = torch.tensor([encoding.ids for encoding in words])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    for _ in range(steps):
        pixels = [drawn_general(thing, rng) for thing in GENERAL]
        out = model(
            input_ids=ids, pixel_values=prepared(pixels, published.image.preparation.intensity), return_loss=True
        )
        optimizer.zero_grad()
        out.loss.backward()
        optimizer.step()
    model.save_pretrained(folder)


def prepared(pixels: Sequence[np.ndarray], intensity: Intensity) -> torch.Tensor:
    """Colour pictures as the model reads them."""
    x = torch.from_numpy(np.stack(pixels)).movedim(-1, 1).float() / 255
    return intensity.standardise(x, channel_axis=1)


def lab_corpus(path: Path, rng: np.random.Generator) -> Corpus:
    """Cases of the lab in groups of two, half of them to learn from and a quarter each for val and test."""
    drafts = []
    for number in range(LAB_CASES):
        thing = LAB[int(rng.integers(len(LAB)))]
        drafts.append(
            Draft(
                id=f"case-{number:04d}",
                group=f"specimen-{number // 2:04d}",
                provenance=Provenance("bench", licence="CC0-1.0"),
                images={"sem": as_file(drawn_in_lab(thing, rng))},
                texts=(Passage("caption", told_of(thing)),),
                attributes={"shape": thing[0], "matrix": thing[1]},
                split=("train", "train", "val", "test")[number // 2 % 4],
            )
        )
    return built(path, drafts)


def general_corpus(path: Path, rng: np.random.Generator) -> Corpus:
    """Other pictures of the general world, under the lab's name of the modality."""
    drafts = [
        Draft(
            id=f"general-{number:04d}",
            group=f"general-{number:04d}",
            provenance=Provenance("bench", licence="CC0-1.0"),
            images={"sem": as_file(drawn_general(thing, rng))},
            texts=(Passage("caption", said_of(thing)),),
        )
        for number, thing in enumerate(GENERAL * KNOWN)
    ]
    return built(path, drafts)


def built(path: Path, drafts: Sequence[Draft]) -> Corpus:
    """A corpus of drafts."""
    build_corpus(path, DraftSource(drafts))
    return Corpus.open(path)


def as_file(pixels: np.ndarray) -> ImageFile:
    """A picture as a PNG."""
    stream = io.BytesIO()
    Picture.fromarray(pixels).save(stream, "png")
    return ImageFile(Encoded(stream.getvalue(), suffix=".png"))


@torch.no_grad()
def accuracy(space: JointSpace, view: View, drawn: Sequence[tuple[int, np.ndarray]], captions: Sequence[str]) -> float:
    """Share of pictures that are nearest to their own caption."""
    images = prepared([pixels for _, pixels in drawn], view.intensity)
    seen = space.embed_images({"sem": images}, {"sem": torch.ones(len(images), dtype=torch.bool)})
    best = (seen @ space.embed_texts(captions).T).argmax(dim=1)
    return round(float((best == torch.tensor([number for number, _ in drawn])).float().mean()), 3)


if __name__ == "__main__":
    raise SystemExit(main())
