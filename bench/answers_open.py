"""Yes-or-no questions about radiology images with the last blocks of the tower open, trained with the answers.

    python bench/answers_open.py ../shared/data --work FOLDER

The systems that `answers_image` measures leave the tower as it is. Here its last blocks learn with the attention to
places, from what comes into them, in cross-validation by image on train and val of VQA-RAD; once from where they are,
and once after they learned to tell apart what the other radiology sets here say of their images (kinds of tumour,
findings of chests, organs of CT slices). Prints the lines of `answers_image`. An hour of a core.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

import answers_image
from answers_image import SIGHTS, QuestionAttention, Questions, Scores
from lexiscope.models.build import build_encoder, in_own_colours
from lexiscope.sources.pixels import read_pixels
from lexiscope.views.planar import PlanarView

TOWER, SIZE = "dinov2-small-focus", 224
BLOCKS = 2  # of the tower that learn
EPOCHS, IMAGES = 8, 8  # images of a step, each with all of its questions
LR, HEAD_LR, WEIGHT_DECAY = 2e-5, 1e-3, 0.1
LABELLED = {"brain_tumor_4class": "label", "covid_cxr": "finding", "abdominal_ct": "organs"}
"""Radiology set -> column of what is said of its images."""
LABEL_EPOCHS, LABEL_LR = 4, 5e-5


def main() -> None:
    """Read, cross-validate, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--work", type=Path, default=Path("build/answers_open"))
    chosen = options.parse_args()
    torch.set_num_threads(1)
    folder = chosen.data / "vqa_rad"
    rows = [json.loads(line) for line in (folder / "qa.jsonl").read_text().splitlines()]
    learned = [row for row in rows if row["split"] in ("train", "val")]
    questions, _ = answers_image.read({"learned": learned}, folder, chosen.work, towers={})
    asked = np.arange(len(questions.yes))
    images = sorted({row["image"] for row in learned})
    tokens = answers_image.kept(
        chosen.work / f"{TOWER} before block -{BLOCKS}.npy", partial(entering, [folder / image for image in images])
    )
    base = answers_image.cross_validated(answers_image.SYSTEMS["question alone"], questions, asked)
    plain = last_blocks()
    for name, blocks in {
        "last blocks open": plain,
        "last blocks open, taught on other radiology images": told_apart(plain, labelled(chosen.data, chosen.work)),
    }.items():
        scores = answers_image.cross_validated(partial(opened, tokens=tokens, blocks=blocks), questions, asked)
        line = {"name": "answers_open", "split": "train and val", "system": name}
        print(json.dumps({**line, **answers_image.measured(questions, asked, scores, base)}), flush=True)


class LastBlocks(nn.Module):
    """The last blocks of the tower and its final norm."""

    def __init__(self, blocks: nn.ModuleList, norm: nn.Module) -> None:
        super().__init__()
        self.blocks, self.norm = blocks, norm

    def forward(self, tokens: Tensor) -> Tensor:
        """Places of images, `(b, n, d)`, from all their tokens before the blocks."""
        for block in self.blocks:
            tokens = block(tokens)
        places: Tensor = self.norm(tokens)[:, 1:]
        return places


def last_blocks() -> LastBlocks:
    """The tower's own."""
    network = build_encoder({"image": PlanarView(size=SIZE, fit="squash")}, tower=TOWER)[0].tower("image").model
    return LastBlocks(deepcopy(network.encoder.layer[-BLOCKS:]), deepcopy(network.layernorm)).eval()


@torch.inference_mode()
def entering(images: Sequence[Path]) -> np.ndarray:
    """Tokens of images before the last blocks, `(image, token, channel)`, in half precision."""
    view = PlanarView(size=SIZE, fit="squash")
    encoder, _ = build_encoder({"image": view}, tower=TOWER)
    network, view = encoder.tower("image"), in_own_colours(encoder, {"image": view})["image"]
    depth = len(network.model.encoder.layer)
    read = []
    for image in images:
        pixels = torch.from_numpy(view.prepare(read_pixels(image))[None]).float()
        read.append(network(pixels, deepest=depth - BLOCKS)[-1][0].half().numpy())
    return np.stack(read)


# -- what other sets say of their images ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Labelled:
    """Images of the split "train" of several sets, and what is said of each.

    Args:
        tokens: What comes into the last blocks, `(image, token, channel)`.
        said: 1 where a label is said of an image, `(image, label)`.
        own: 1 where the image's set has the label at all.
    """

    tokens: np.ndarray
    said: np.ndarray
    own: np.ndarray


def labelled(data: Path, work: Path) -> Labelled:
    """All of them, in the order of `LABELLED`."""
    tokens, said = [], []
    for name, column in LABELLED.items():
        with (data / name / "metadata.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == "train" and row[column]]
        paths = [data / name / row["image"] for row in rows]
        tokens.append(answers_image.kept(work / f"{TOWER} {name}.npy", partial(entering, paths)))
        said += [{f"{name} {label}" for label in row[column].split(";")} for row in rows]
    labels = sorted(set().union(*said))
    has = np.array([[label in row for label in labels] for row in said], np.float32)
    sets = np.repeat(np.arange(len(tokens)), [len(part) for part in tokens])
    own = np.stack([has[sets == one].any(axis=0) for one in sets]).astype(np.float32)
    return Labelled(np.concatenate(tokens), has, own)


def told_apart(start: LastBlocks, images: Labelled) -> LastBlocks:
    """Blocks after they learned to say of each image what its set says of it."""
    torch.manual_seed(0)
    blocks = deepcopy(start)
    head = nn.Linear(images.tokens.shape[-1], images.said.shape[1])
    optimizer = torch.optim.AdamW(
        [{"params": blocks.parameters(), "lr": LABEL_LR}, {"params": head.parameters(), "lr": HEAD_LR}],
        weight_decay=WEIGHT_DECAY,
    )
    for _ in range(LABEL_EPOCHS):
        for rows in torch.randperm(len(images.tokens)).split(2 * IMAGES):
            said, own = torch.from_numpy(images.said[rows]), torch.from_numpy(images.own[rows])
            logits = head(blocks(torch.from_numpy(images.tokens[rows]).float()).mean(dim=1))
            loss = functional.binary_cross_entropy_with_logits(logits, said, weight=own)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return blocks.eval()


# -- answers ----------------------------------------------------------------------------------------------------------


def opened(
    questions: Questions, learned: np.ndarray, asked: np.ndarray, *, tokens: np.ndarray, blocks: LastBlocks
) -> Scores:
    """Attention to places of blocks that learn, both from what the question alone leaves open."""
    alone = answers_image.question_alone(questions, learned, asked)
    words = answers_image.components(questions.vectors, questions.vectors[learned], 64)
    reader = Reader(deepcopy(blocks), torch.from_numpy(tokens), np.unique(questions.owners[learned]))
    torch.manual_seed(0)
    head = QuestionAttention(words.shape[1], reader.width)
    optimizer = torch.optim.AdamW(
        [{"params": reader.blocks.parameters(), "lr": LR}, {"params": head.parameters(), "lr": HEAD_LR}],
        weight_decay=WEIGHT_DECAY,
    )
    yes = torch.from_numpy((questions.yes > 0).astype(np.float32))
    for _ in range(EPOCHS):
        for rows in _with_their_images(questions, learned):
            shown = reader.read(questions.owners[rows])
            loss = functional.binary_cross_entropy_with_logits(head(words[rows], shown, alone[rows]), yes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    head.eval()
    with torch.inference_mode():
        seen = dict(answers_image.shown(questions, asked))
        return {
            sight: torch.cat(
                [head(words[rows], reader.read(seen[sight][at]), alone[rows]) for at, rows in _parts(asked)]
            ).numpy()
            for sight in SIGHTS
        }


class Reader:
    """Places of images by blocks that learn, along the main directions of what they said before.

    Args:
        blocks: The blocks.
        tokens: What comes into them, by image; the number behind the last stands for a blank image.
        known: Images that are learned from.
    """

    def __init__(self, blocks: LastBlocks, tokens: Tensor, known: np.ndarray) -> None:
        self.blocks, self._tokens = blocks, tokens
        with torch.inference_mode():
            places = blocks(tokens[known[::2]].float()).flatten(0, 1)[::3]
            _, values, basis = torch.pca_lowrank(places - places.mean(dim=0), q=64, center=False)
        self._mean = places.mean(dim=0).clone()
        self._basis = (basis / (values[0] / len(places) ** 0.5)).clone()
        self.width = self._basis.shape[1] + 2

    def read(self, owners: np.ndarray) -> Tensor:
        """Places of the image of each question, with column and row, `(question, place, channel)`."""
        blank = owners == len(self._tokens)
        images = np.unique(np.where(blank, 0, owners))  # some image is read even where all are blank
        found = (self.blocks(self._tokens[images].float()) - self._mean) @ self._basis
        return answers_image.with_positions(found)[np.where(blank, -1, np.searchsorted(images, owners))]


def _with_their_images(questions: Questions, learned: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of some images with all of their questions, in an order drawn anew."""
    images = np.unique(questions.owners[learned])
    for some in torch.randperm(len(images)).split(IMAGES):
        yield learned[np.isin(questions.owners[learned], images[some])]


def _parts(asked: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for at in np.array_split(np.arange(len(asked)), max(1, len(asked) // 64)):
        yield at, asked[at]


if __name__ == "__main__":
    main()
