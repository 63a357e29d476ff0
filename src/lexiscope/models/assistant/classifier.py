"""`AnswerClassifier`: probabilities of the answers learned, by kernel ridge regression on question and image."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from safetensors.numpy import save_file

from lexiscope.core.files import write_json
from lexiscope.core.strict_json import read_object
from lexiscope.corpus.wording import answer_key
from lexiscope.models.assistant.image_tokens import QUESTION, ImageTokens
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures, Ridge, sentence_features
from lexiscope.models.saved import damaged, read_arrays

FLOOR = 0.02  # least probability of an answer that the question offers: a straight line leaves [0, 1]
_SMALL = 1e-6
_ARRAYS, _SETTINGS = "classifier.safetensors", "classifier.json"
_FORMS = {  # their names on disk, in the order of the fields
    "closed": "offered",
    "open": "free",
    "closed_informed": "offered-informed",
    "open_informed": "free-informed",
    "reading": "reading",
}
_READING = _FORMS["reading"]


@dataclass(frozen=True)
class ImageScale:
    """Means and standard deviations of image features, from the cases learned from.

    Args:
        means: Branch of the encoder -> mean of each feature.
        stds: Branch of the encoder -> standard deviation of each feature.
    """

    means: Mapping[str, Float32[np.ndarray, " f"]]
    stds: Mapping[str, Float32[np.ndarray, " f"]]

    @classmethod
    def of(cls, image_tokens: ImageTokens) -> "ImageScale":
        """Means and standard deviations of training cases; missing modalities do not count."""
        means, stds = {}, {}
        for name, (features, present) in _features(image_tokens).items():
            if present.any():
                means[name], stds[name] = features[present].mean(axis=0), features[present].std(axis=0)
        return cls(means, stds)

    @property
    def features(self) -> int:
        """Length of a case's vector."""
        return sum(len(mean) for mean in self.means.values())

    def vectors(self, image_tokens: ImageTokens) -> Float32[np.ndarray, "c f"]:
        """A row for each case: readout, mean and spread over the places of each branch; unit length if none is missing.

        A branch that a case lacks is zeros, and so has no say.
        """
        features_of = _features(image_tokens)
        parts = []
        for name, mean in self.means.items():
            if name not in features_of:
                parts.append(np.zeros((image_tokens.cases, len(mean)), np.float32))
                continue
            features, present = features_of[name]
            parts.append(_unit((features - mean) / (self.stds[name] + _SMALL)) * present[:, None])
        if not parts:
            return np.zeros((image_tokens.cases, 0), np.float32)
        return (np.concatenate(parts, axis=1) / len(parts) ** 0.5).astype(np.float32)


@dataclass(frozen=True)
class AnswerClassifier:
    """The answers that a corpus gives again and again, as classes.

    The classifier of visual question answering (https://arxiv.org/abs/1505.00468), solved in closed form; beside a
    language model it is the part that a small corpus trains reliably.

    Questions that come with a context have regressions of their own, as what is told of a case says more than its image
    where it tells the answer. A classifier without them answers as if nothing were told. What is told may also hold the
    answer itself: `reading` says of each sentence how much of it.

    Args:
        scale: Means and standard deviations of image features.
        closed: Regression for closed-ended questions, whose form offers their answers (yes or no, or what they name).
        open: Regression for open-ended questions.
        closed_informed: Regression for closed-ended questions that come with a context.
        open_informed: Regression for open-ended questions that come with a context.
        reading: Regression of the word overlap with the answer of an open-ended question, on question and sentence.
    """

    scale: ImageScale
    closed: Ridge | None = None
    open: Ridge | None = None
    closed_informed: Ridge | None = None
    open_informed: Ridge | None = None
    reading: Ridge | None = None

    @property
    def answers(self) -> dict[str, str]:
        """Answer key -> answer as written, of all forms of question."""
        known = [answer for name, ridge in self.ridges() if name != _READING for answer in ridge.answers]
        return {answer_key(answer): answer for answer in known}

    def probabilities(
        self,
        image_tokens: ImageTokens,
        questions: Float32[np.ndarray, "n w"],
        contexts: Float32[np.ndarray, "n w"],
        *,
        possible: Sequence[Set[str]],
    ) -> list[dict[str, float]]:
        """Answer key -> probability, for each question; empty where no question of its form was learned.

        Args:
            image_tokens: Tokens of each question's case.
            questions: Embedding of each question by the text tower, unit rows.
            contexts: Vector of what is known about each case, as `context_vectors` gives it; zeros where nothing is.
            possible: Answer keys that each question offers; empty where it is open-ended.
        """
        features = QuestionFeatures(questions, self.scale.vectors(image_tokens), np.arange(len(questions)), contexts)
        told = [bool(context.any()) for context in contexts]
        probabilities: list[dict[str, float]] = [{} for _ in possible]
        for offers, informed in product((True, False), (True, False)):
            rows = [row for row, answers in enumerate(possible) if (bool(answers), told[row]) == (offers, informed)]
            bare, own = (self.closed, self.closed_informed) if offers else (self.open, self.open_informed)
            ridge = own if informed and own is not None else bare
            if ridge is None or not rows:
                continue
            asked = features.rows(np.array(rows))
            if ridge is bare:
                asked = replace(asked, contexts=np.zeros_like(asked.contexts))
            for row, scores in zip(rows, ridge.scores(asked), strict=True):
                probabilities[row] = probabilities_of(ridge.answers, scores, possible=possible[row])
        return probabilities

    def read(
        self, question: Float32[np.ndarray, " w"], sentences: Float32[np.ndarray, "s w"]
    ) -> Float[np.ndarray, " s"]:
        """How many of its words each sentence is expected to share with the answer to a question, from 0 to 1.

        The measure is `word_overlap`; it is 0 for all where nothing was learned of that.
        """
        if self.reading is None:
            return np.zeros(len(sentences))
        scores = self.reading.scores(sentence_features(question, sentences, images=self.scale.features))
        overlaps: Float[np.ndarray, " s"] = np.clip(scores[:, 0], 0, 1)
        return overlaps

    def ridges(self) -> Iterator[tuple[str, Ridge]]:
        """The regressions that there are, with the names of their forms on disk."""
        for field, name in _FORMS.items():
            ridge = getattr(self, field)
            if ridge is not None:
                yield name, ridge

    def save(self, folder: Path) -> None:
        """Write the classifier into a directory, as safetensors and JSON; images that regressions share, once."""
        arrays = {f"mean/{name}": mean for name, mean in self.scale.means.items()}
        arrays |= {f"std/{name}": std for name, std in self.scale.stds.items()}
        settings: dict[str, Any] = {}
        shared = next((ridge.learned.images for _, ridge in self.ridges()), None)
        for form, ridge in self.ridges():
            settings[form] = {"kernel": asdict(ridge.kernel), "answers": list(ridge.answers)}
            learned = {name: value for name, value in vars(ridge.learned).items() if value is not shared}
            arrays |= {f"{form}/{name}": value for name, value in learned.items()}
            arrays |= {f"{form}/coefficients": ridge.coefficients, f"{form}/base": ridge.base}
        if shared is not None:
            arrays["images"] = shared
        save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, folder / _ARRAYS)
        write_json(folder / _SETTINGS, settings)

    @classmethod
    def load(cls, folder: Path) -> "AnswerClassifier | None":
        """The classifier in a directory; None where there is none.

        Raises:
            ModelError: it is damaged.
        """
        if not (folder / _SETTINGS).is_file():
            return None
        arrays, settings = read_arrays(folder / _ARRAYS), _read_settings(folder)
        parts = {
            kind: {
                name.removeprefix(f"{kind}/"): value for name, value in arrays.items() if name.startswith(f"{kind}/")
            }
            for kind in ("mean", "std", *_FORMS.values())
        }
        try:
            shared = {"images": arrays["images"]} if "images" in arrays else {}  # before, each regression had its own
            ridges = {form: _ridge(shared | parts[form], found) for form, found in settings.items()}
            made = cls(ImageScale(parts["mean"], parts["std"]), *(ridges.get(form) for form in _FORMS.values()))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(folder / _SETTINGS, "settings", f"{type(error).__name__}: {error}") from error
        _require_fitting(made, folder / _ARRAYS)
        return made


def saved_answers(folder: Path) -> frozenset[str]:
    """Keys of the answers that the classifier in a directory knows; none where there is none.

    Raises:
        ModelError: it is damaged.
    """
    if not (folder / _SETTINGS).is_file():
        return frozenset()
    try:
        forms = _read_settings(folder).items()
        return frozenset(answer_key(answer) for name, form in forms if name != _READING for answer in form["answers"])
    except (KeyError, TypeError, AttributeError) as error:
        raise damaged(folder / _SETTINGS, "settings", f"{type(error).__name__}: {error}") from error


def _read_settings(folder: Path) -> dict[str, Any]:
    try:
        return read_object(folder / _SETTINGS)
    except (OSError, ValueError) as error:
        raise damaged(folder / _SETTINGS, "settings", error) from error


def _require_fitting(classifier: AnswerClassifier, file: Path) -> None:
    """Refuse arrays that do not fit together; a product of them would fail, or be wrong, much later."""
    features = classifier.scale.features
    if _forms(classifier.scale.means) != _forms(classifier.scale.stds):
        raise damaged(file, "weights", "means and standard deviations are of different features")
    for _, ridge in classifier.ridges():
        if not _fits(ridge, features):
            raise damaged(file, "weights", "their shapes or types do not fit together, or not the answers")


def _forms(arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[Any, ...]]:
    return {name: (array.dtype, array.shape) for name, array in arrays.items()}


def _fits(ridge: Ridge, features: int) -> bool:
    learned, answers = ridge.learned, len(ridge.answers)
    real = (ridge.coefficients, ridge.base, learned.questions, learned.images, learned.contexts)
    rows = len(learned.questions)
    shapes = ((ridge.coefficients, (rows, answers)), (ridge.base, (answers,)), (learned.owners, (rows,)))
    within = rows == 0 or (int(learned.owners.min()) >= 0 and int(learned.owners.max()) < len(learned.images))
    return (
        all(array.shape == shape for array, shape in shapes)
        and all(array.dtype in (np.float32, np.float64) for array in real)
        and learned.owners.dtype == np.int64
        and learned.contexts.shape == learned.questions.shape
        and learned.images.ndim == 2
        and learned.images.shape[1] == features
        and within
    )


def probabilities_of(
    answers: Sequence[str], scores: Float[np.ndarray, " a"], *, possible: Set[str] = frozenset()
) -> dict[str, float]:
    """Scores as probabilities: those of the answers that a question offers add up to 1, those of others to 1 at most.

    Example:
        >>> probabilities_of(("Yes", "no", "left"), np.array([0.75, 0.25, 0.5]), possible={"yes", "no"})
        {'yes': 0.75, 'no': 0.25}
    """
    if possible:
        floored = {answer_key(answer): max(float(score), FLOOR) for answer, score in zip(answers, scores, strict=True)}
        known = {key: floored.get(key, FLOOR) for key in sorted(possible, reverse=True)}
        return {key: score / sum(known.values()) for key, score in known.items()}
    positive = {answer_key(answer): float(score) for answer, score in zip(answers, scores, strict=True) if score > 0}
    total = max(1.0, sum(positive.values()))
    return {key: score / total for key, score in positive.items()}


def _features(image_tokens: ImageTokens) -> dict[str, tuple[Float32[np.ndarray, "c f"], np.ndarray]]:
    """Readout, mean and spread over the places of each branch with images, and which cases have it."""
    features = {}
    for name, read in sorted(image_tokens.tokens.items()):
        if name == QUESTION:
            continue
        summary, places = read.summary.float().cpu().numpy(), read.places.float().cpu().numpy()
        present = (
            image_tokens.present[name].cpu().numpy()
            if name in image_tokens.present
            else np.ones(len(summary), dtype=bool)
        )
        features[name] = (np.concatenate([summary, places.mean(axis=1), places.std(axis=1)], axis=1), present)
    return features


def _ridge(arrays: dict[str, np.ndarray], settings: dict[str, Any]) -> Ridge:
    coefficients, base = arrays.pop("coefficients"), arrays.pop("base")
    return Ridge(
        Kernel(**settings["kernel"]), QuestionFeatures(**arrays), tuple(settings["answers"]), coefficients, base
    )


def _unit(rows: Float[np.ndarray, "n f"]) -> Float[np.ndarray, "n f"]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _SMALL)
