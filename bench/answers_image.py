"""What the image adds to yes-or-no questions about radiology images, in cross-validation by image.

    python bench/answers_image.py ../shared/data/vqa_rad --work FOLDER [--test]

One JSON line says how often the same is asked about several images, then each system has a line: its accuracy and its
gain over the question alone, both with intervals by image, the same with a blank image and with the image of another
case, and the gain by what is asked about. All is learned and measured on the splits "train" and "val"; --test measures
"test", and is for a system that won there. Frozen towers are run once, their features kept in the folder of the work;
pictures of 448 pixels take most of the time.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.answering.left_out import leave_groups_out
from lexiscope.corpus.wording import answer_key
from lexiscope.evaluate.statistics import bootstrap_by_group
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures
from lexiscope.models.build import build_encoder, in_own_colours
from lexiscope.models.text import TextTower
from lexiscope.models.weights import resolve
from lexiscope.sources.pixels import read_pixels
from lexiscope.views.planar import PlanarView

TEXT, TEXT_LEVELS = "sentence-transformers/all-MiniLM-L6-v2", (3, 4, 5, 6)
Reading: TypeAlias = tuple[str, int, tuple[int, ...]]
TOWERS: Mapping[str, Reading] = {
    "dinov2-small-focus 224": ("dinov2-small-focus", 224, (6, 9, 12)),
    "dinov2-small-focus 448": ("dinov2-small-focus", 448, (6, 9, 12)),
    "mobilenet-v2 224": ("mobilenet-v2", 224, (-1,)),
}
"""Name -> tower, side of its pictures in pixels, levels that are read."""
WIDTHS, IMAGES, PENALTIES = (0.3, 0.5), (0.5, 2.0), (1.0, 3.0)
SIDE = 16  # places of a level are averaged to so many by so many
FOLDS, SEEDS, EPOCHS, BATCH = 5, 3, 10, 64
SAME = 0.9  # cosine from which two questions ask the same
ENOUGH = 10  # questions about one topic, to have a number

Scores: TypeAlias = Mapping[str, np.ndarray]
"""Sight ("own", "blank" or "other" image) -> score of each question asked, above 0 for yes."""


@dataclass(frozen=True)
class Questions:
    """Yes-or-no questions about images.

    Args:
        texts: The questions.
        vectors: Their vectors by the text tower, unit rows.
        yes: 1 where the answer is yes, else -1.
        owners: Row of each question's image.
        topics: What each question is about.
        places: Tower -> places of its levels for each image, `(image, place, channel)`.
        told: Vector of what the open questions and answers about each image say; zeros where there are none.
    """

    texts: Sequence[str]
    vectors: np.ndarray
    yes: np.ndarray
    owners: np.ndarray
    topics: Sequence[Sequence[str]]
    places: Mapping[str, np.ndarray]
    told: np.ndarray


System: TypeAlias = Callable[[Questions, np.ndarray, np.ndarray], Scores]
"""Function of all questions, the rows to learn from and the rows to answer."""


def main() -> None:
    """Read, cross-validate, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path)
    options.add_argument("--work", type=Path, default=Path("build/answers_image"))
    options.add_argument("--test", action="store_true")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    rows = [json.loads(line) for line in (chosen.data / "qa.jsonl").read_text().splitlines()]
    parts = {"learned": [row for row in rows if row["split"] in ("train", "val")]}
    if chosen.test:
        parts["test"] = [row for row in rows if row["split"] == "test"]
    questions, learned = read(parts, chosen.data, chosen.work)
    print(json.dumps({"name": "answers_image", **asked_again(questions, learned)}), flush=True)
    answers = {"test": partial(tested, learned=learned)} if chosen.test else {"train and val": cross_validated}
    for split, answer in answers.items():
        asked = np.flatnonzero(~learned if chosen.test else learned)
        base = answer(SYSTEMS["question alone"], questions, asked)
        for name, system in SYSTEMS.items():
            scores = base if name == "question alone" else answer(system, questions, asked)
            line = {"name": "answers_image", "split": split, "system": name}
            print(json.dumps({**line, **measured(questions, asked, scores, base)}), flush=True)


def read(
    parts: Mapping[str, Sequence[Mapping[str, Any]]], data: Path, work: Path, *, towers: Mapping[str, Reading] = TOWERS
) -> tuple[Questions, np.ndarray]:
    """Questions of all parts, and which of them may be learned from; towers that are left out are not run."""
    images = {part: sorted({row["image"] for row in rows}) for part, rows in parts.items()}
    every = [row for rows in parts.values() for row in rows]
    place = {image: at for at, image in enumerate(image for part in images.values() for image in part)}
    closed = [row for row in every if row["answer_type"] == "CLOSED" and answer_key(row["answer"]) in ("yes", "no")]
    opened = [row for row in every if row["answer_type"] == "OPEN"]
    statements = [f"{row['question']} {row['answer']}" for row in opened]
    vectors = vectors_of([*(row["question"] for row in closed), *statements])
    told = np.zeros((len(place), vectors.shape[1]), np.float32)
    np.add.at(told, [place[row["image"]] for row in opened], vectors[len(closed) :])
    places = {}
    for name, (tower, size, levels) in towers.items():
        read_parts = [
            kept(
                work / f"{name} {part}.npy",
                partial(places_of, [data / image for image in listed], tower, size, levels),
            )
            for part, listed in images.items()
        ]
        places[name] = np.concatenate(read_parts)
    questions = Questions(
        [row["question"] for row in closed],
        vectors[: len(closed)],
        np.array([1.0 if answer_key(row["answer"]) == "yes" else -1.0 for row in closed]),
        np.array([place[row["image"]] for row in closed]),
        [row["question_type"] for row in closed],
        places,
        told,
    )
    return questions, np.array([row["split"] != "test" for row in closed])


@torch.inference_mode()
def vectors_of(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors by the text tower."""
    distinct = list(dict.fromkeys(texts))
    row = {text: at for at, text in enumerate(distinct)}
    vectors = functional.normalize(TextTower.load(resolve(TEXT), levels=TEXT_LEVELS).encode(distinct), dim=-1)
    return vectors.numpy()[[row[text] for text in texts]]


def kept(file: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """What was computed before, or else is now."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, make())
    return np.load(file)


@torch.inference_mode()
def places_of(images: Sequence[Path], tower: str, size: int, levels: Sequence[int]) -> np.ndarray:
    """Places of some levels side by side, `(image, place, channel)`, in half precision."""
    view = PlanarView(size=size, fit="squash")
    encoder, _ = build_encoder({"image": view}, tower=tower)
    network, view = encoder.tower("image"), in_own_colours(encoder, {"image": view})["image"]
    read = []
    for image in images:
        found = network(torch.from_numpy(view.prepare(read_pixels(image))[None]).float())
        read.append(torch.cat([_grid(found[level][0, network.prefix :]) for level in levels], dim=1).half().numpy())
    return np.stack(read)


def _grid(places: Tensor) -> Tensor:
    """Places in raster order, averaged to a smaller grid where there are more."""
    side = int(len(places) ** 0.5)
    grid = places.T.unflatten(1, (side, side))
    return functional.adaptive_avg_pool2d(grid, min(side, SIDE)).flatten(1).T


def asked_again(questions: Questions, learned: np.ndarray) -> dict[str, Any]:
    """About how many other images each question is asked, and how often two images then have the same answer."""
    vectors, owners, yes = (x[learned] for x in (questions.vectors, questions.owners, questions.yes))
    same = (vectors @ vectors.T > SAME) & (owners[:, None] != owners)
    images = np.array([len(np.unique(owners[row])) for row in same])
    return {
        "questions": len(yes),
        "images": len(np.unique(owners)),
        "cosine_of_the_same": SAME,
        "other_images_asked_the_same_median": float(np.median(images)),
        "share_asked_of_five_others": round(float((images >= 5).mean()), 3),
        "same_answer_where_asked_the_same": round(float((yes[:, None] == yes)[same].mean()), 3),
    }


def cross_validated(system: System, questions: Questions, asked: np.ndarray) -> Scores:
    """Scores of every question by what was learned from other images."""
    images = np.unique(questions.owners[asked])
    fold = dict(zip(np.random.default_rng(0).permutation(images).tolist(), np.arange(len(images)) % FOLDS, strict=True))
    folds = np.array([fold[image] for image in questions.owners[asked].tolist()])
    scores = {sight: np.zeros(len(asked)) for sight in SIGHTS}
    for one in range(FOLDS):
        found = system(questions, asked[folds != one], asked[folds == one])
        for sight in SIGHTS:
            scores[sight][folds == one] = found[sight]
    return scores


def tested(system: System, questions: Questions, asked: np.ndarray, *, learned: np.ndarray) -> Scores:
    """Scores of questions that nothing was chosen by."""
    return system(questions, np.flatnonzero(learned), asked)


def measured(questions: Questions, asked: np.ndarray, scores: Scores, base: Scores) -> dict[str, Any]:
    """Accuracy of a system and what it gains, all and by topic."""
    groups = [str(owner) for owner in questions.owners[asked]]
    right = {sight: _right(questions, asked, found) for sight, found in scores.items()}
    gain = right["own"] - _right(questions, asked, base["own"])
    topics = sorted({topic for row in asked for topic in questions.topics[row]})
    members = {topic: [at for at, row in enumerate(asked) if topic in questions.topics[row]] for topic in topics}
    return {
        "accuracy": _interval(right["own"], groups),
        "beyond_the_question": _interval(gain, groups),
        "blank_image": _interval(right["blank"], groups)[0],
        "other_image": _interval(right["other"], groups)[0],
        "beyond_other_image": _interval(right["own"] - right["other"], groups),
        "by_topic": {
            topic: {
                "n": len(rows),
                "accuracy": round(float(right["own"][rows].mean()), 3),
                "beyond_the_question": _interval(gain[rows], [groups[row] for row in rows]),
            }
            for topic, rows in members.items()
            if len(rows) >= ENOUGH
        },
    }


def _right(questions: Questions, asked: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return ((scores > 0) == (questions.yes[asked] > 0)).astype(float)


def _interval(values: np.ndarray, groups: Sequence[str]) -> list[float | None]:
    found = bootstrap_by_group(values, groups, chance=None)
    return [None if end is None else round(end, 3) for end in (found.value, found.low, found.high)]


# -- what is shown of the images asked about --------------------------------------------------------------------------

SIGHTS = ("own", "blank", "other")


def shown(questions: Questions, asked: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Row of the image that each question asked is shown, by sight; a blank one is the row behind the last."""
    images = np.random.default_rng(0).permutation(np.unique(questions.owners[asked]))
    another = dict(zip(images.tolist(), np.roll(images, 1).tolist(), strict=True))
    yield "own", questions.owners[asked]
    yield "blank", np.full(len(asked), len(questions.told))
    yield "other", np.array([another[owner] for owner in questions.owners[asked].tolist()])


# -- one vector for an image, as `train instruct` has it --------------------------------------------------------------


def ridge(
    questions: Questions,
    learned: np.ndarray,
    asked: np.ndarray,
    *,
    images: Callable[[Questions], np.ndarray],
    weights: Sequence[float],
) -> Scores:
    """Kernel ridge regression of the answer classifier; kernel and penalty by leaving out one image at a time."""
    seen = _standardised(images(questions), questions.owners[learned])
    known, kernel, penalty = _chosen(questions, learned, seen, weights)
    gram = kernel(known, known)
    gram[np.diag_indices_from(gram)] += penalty
    yes = questions.yes[learned]
    coefficients = np.linalg.solve(gram, yes - yes.mean())
    return {
        sight: kernel(_features(questions, asked, seen, owners), known) @ coefficients + yes.mean()
        for sight, owners in shown(questions, asked)
    }


def _chosen(
    questions: Questions, learned: np.ndarray, seen: np.ndarray, weights: Sequence[float]
) -> tuple[QuestionFeatures, Kernel, float]:
    known, yes = _features(questions, learned, seen, questions.owners[learned]), questions.yes[learned]
    tried = []
    for width, weight in product(WIDTHS, weights):
        kernel = Kernel(width, weight, 0.0)
        gram = kernel(known, known)
        for penalty in PENALTIES:
            inverse = np.linalg.inv(gram + penalty * np.eye(len(gram)))
            left_out = _left_out(inverse, yes, questions.owners[learned])
            tried.append((float(np.square(left_out - yes).mean()), kernel, penalty))
    _, kernel, penalty = min(tried, key=lambda one: one[0])
    return known, kernel, penalty


def _left_out(inverse: np.ndarray, yes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    targets = (yes - yes.mean())[:, None]
    return leave_groups_out(inverse, inverse @ targets, targets, groups)[:, 0] + yes.mean()


def _features(questions: Questions, rows: np.ndarray, seen: np.ndarray, owners: np.ndarray) -> QuestionFeatures:
    return QuestionFeatures(questions.vectors[rows], seen, owners, np.zeros((len(rows), 1), np.float32))


def _standardised(images: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """Unit vectors of images, and behind them a blank one."""
    known = images[np.unique(learned)]
    x = (images - known.mean(axis=0)) / (known.std(axis=0) + 1e-6)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6)
    return np.concatenate([x, np.zeros((1, x.shape[1]))]).astype(np.float32)


def _nothing(questions: Questions) -> np.ndarray:
    return np.zeros((len(questions.told), 1), np.float32)


def _pooled(questions: Questions, *, tower: str) -> np.ndarray:
    places = questions.places[tower].astype(np.float32)
    return np.concatenate([places.mean(axis=1), places.std(axis=1)], axis=1)


def _told(questions: Questions) -> np.ndarray:
    return questions.told


# -- a peer: words and image side by side -----------------------------------------------------------------------------


def bag_of_words(questions: Questions, learned: np.ndarray, asked: np.ndarray, *, tower: str) -> Scores:
    """Logistic regression on the words of the question beside the image's vector (https://arxiv.org/abs/1512.02167)."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    seen = _standardised(_pooled(questions, tower=tower), questions.owners[learned])
    table = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit([questions.texts[row] for row in learned])

    def features(rows: np.ndarray, owners: np.ndarray) -> Any:
        return hstack([table.transform([questions.texts[row] for row in rows]), csr_matrix(seen[owners])])

    fitted = LogisticRegression(solver="liblinear")
    fitted.fit(features(learned, questions.owners[learned]), questions.yes[learned])
    return {sight: fitted.decision_function(features(asked, owners)) for sight, owners in shown(questions, asked)}


# -- places of an image, looked at as the question asks ---------------------------------------------------------------


class QuestionAttention(nn.Module):
    """What an image adds to a question's score: places that the question attends to, times the question.

    Starts at nothing added. Reads principal components, so that keys and values need no weights of their own.
    """

    def __init__(self, question: int, place: int, *, heads: int = 4, hidden: int = 16, dropout: float = 0.5) -> None:
        super().__init__()
        self.ask = nn.Linear(question, heads * place)
        self.seen, self.asked = nn.Linear(heads * place, hidden), nn.Linear(question, hidden)
        self.answer, self.dropout = nn.Linear(hidden, 1), nn.Dropout(dropout)
        self.scale = nn.Parameter(torch.tensor(2.0))  # of the question's own score, which lies about -1 to 1
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)

    def forward(self, questions: Tensor, places: Tensor, alone: Tensor) -> Tensor:
        """Log-odds of yes, of questions `(b, w)`, places `(b, n, d)` and scores of the question alone `(b,)`."""
        looks = self.ask(questions).unflatten(1, (-1, places.shape[-1]))  # (b, heads, d)
        attention = (looks @ places.mT / places.shape[-1] ** 0.5).softmax(dim=-1)  # (b, heads, n)
        seen = self.seen((attention @ places).flatten(1))  # (b, hidden)
        both = self.dropout(functional.relu(self.asked(questions)) * seen)
        added: Tensor = self.answer(both)[:, 0]
        return self.scale * alone + added


def attention(questions: Questions, learned: np.ndarray, asked: np.ndarray, *, tower: str) -> Scores:
    """Mean over seeds of heads that learn what the question alone leaves open."""
    alone = question_alone(questions, learned, asked)
    words = components(questions.vectors, questions.vectors[learned], 64)
    places = questions.places[tower].astype(np.float32)
    known = places[np.unique(questions.owners[learned])].reshape(-1, places.shape[-1])
    seen = with_positions(components(places, known[::7], 64))
    yes = torch.from_numpy((questions.yes[learned] > 0).astype(np.float32))
    scores = {sight: np.zeros(len(asked)) for sight in SIGHTS}
    for seed in range(SEEDS):
        head = _trained(words[learned], seen, questions.owners[learned], alone[learned], yes, seed=seed)
        with torch.inference_mode():
            for sight, owners in shown(questions, asked):
                scores[sight] += head(words[asked], seen[owners], alone[asked]).numpy() / SEEDS
    return scores


def question_alone(questions: Questions, learned: np.ndarray, asked: np.ndarray) -> Tensor:
    """Scores of the question alone for each row: of those learned without their own image, of others by all."""
    seen = _standardised(_nothing(questions), questions.owners[learned])
    known, kernel, penalty = _chosen(questions, learned, seen, (0.0,))
    inverse = np.linalg.inv(kernel(known, known) + penalty * np.eye(len(learned)))
    scores, yes = np.zeros(len(questions.yes), np.float32), questions.yes[learned]
    scores[learned] = _left_out(inverse, yes, questions.owners[learned])
    new = _features(questions, asked, seen, questions.owners[asked])
    scores[asked] = kernel(new, known) @ (inverse @ (yes - yes.mean())) + yes.mean()
    return torch.from_numpy(scores)


def components(x: np.ndarray, known: np.ndarray, most: int) -> Tensor:
    """Principal components of what is known, each of about unit variance."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        data = torch.from_numpy(known)
        mean = data.mean(dim=0)
        _, values, basis = torch.pca_lowrank(data - mean, q=most, center=False)
    return (torch.from_numpy(x) - mean) @ basis / (values[0] / len(known) ** 0.5)


def with_positions(places: Tensor) -> Tensor:
    """Places with their column and row beside them, and behind the last image a blank one."""
    blank = torch.cat([places, torch.zeros_like(places[:1])])
    side = int(places.shape[1] ** 0.5)
    line = torch.linspace(-1, 1, side)
    at = torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1).flatten(0, 1)
    return torch.cat([blank, at.expand(len(blank), -1, -1)], dim=-1)


def _trained(words: Tensor, seen: Tensor, owners: np.ndarray, alone: Tensor, yes: Tensor, *, seed: int) -> nn.Module:
    """A head after some epochs; each step sees half of the places and nothing mirrored, so that left stays left."""
    torch.manual_seed(seed)
    head = QuestionAttention(words.shape[1], seen.shape[2])
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.1)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(words)).split(BATCH):
            places = torch.randperm(seen.shape[1])[: seen.shape[1] // 2]
            shown = seen[owners[rows]][:, places]
            loss = functional.binary_cross_entropy_with_logits(head(words[rows], shown, alone[rows]), yes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return head.eval()


SYSTEMS: Mapping[str, System] = {
    "question alone": partial(ridge, images=_nothing, weights=(0.0,)),
    **{f"one vector, {name}": partial(ridge, images=partial(_pooled, tower=name), weights=IMAGES) for name in TOWERS},
    "words beside one vector (iBOWIMG)": partial(bag_of_words, tower="dinov2-small-focus 224"),
    **{f"attention to places, {name}": partial(attention, tower=name) for name in list(TOWERS)[:2]},
    "what people say of the image": partial(ridge, images=_told, weights=IMAGES),
}


if __name__ == "__main__":
    main()
