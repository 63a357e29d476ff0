"""`Ridge`: kernel ridge regression on questions, images and what is known beside them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64

_CONTEXT_WIDTH = 0.5  # distance of two contexts at which their similarity has fallen to exp(-1/2)


@dataclass(frozen=True)
class QuestionFeatures:
    """Questions about cases, as vectors.

    Args:
        questions: Embeddings of the questions by the text tower, unit rows.
        images: Vectors of the cases' images, see `ImageScale`.
        owners: Row in `images` of each question's case.
        contexts: Vectors of what is known beside the image, unit rows; zeros where nothing is known.
    """

    questions: Float32[np.ndarray, "n w"]
    images: Float32[np.ndarray, "c f"]
    owners: Int64[np.ndarray, " n"]
    contexts: Float32[np.ndarray, "n w"]

    def __len__(self) -> int:
        return len(self.questions)

    def rows(self, rows: Int64[np.ndarray, " m"]) -> "QuestionFeatures":
        """The questions of some rows."""
        return QuestionFeatures(self.questions[rows], self.images, self.owners[rows], self.contexts[rows])


def sentence_features(
    questions: Float32[np.ndarray, "*n w"], sentences: Float32[np.ndarray, "s w"], *, images: int
) -> QuestionFeatures:
    """Sentences, each as what is known beside a question about no image.

    Args:
        questions: The question of all sentences, or of each.
        sentences: Vectors of the sentences, unit rows.
        images: Length of an image's vector.
    """
    asked = np.broadcast_to(questions, sentences.shape)
    return QuestionFeatures(asked, np.zeros((1, images), np.float32), np.zeros(len(sentences), np.int64), sentences)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Similarity of two questions about images; the product is ours.

    k = exp(-|q - q'|² / 2 width²) (1 + image x·x' + context c) / (1 + image + context), with the vectors q of the
    questions and x of the images; c = exp(-|t - t'|² / 2 · 0.5²) of the vectors t of what is known, and 0 where nothing
    is known of one of them.

    Args:
        width: Distance of two questions' embeddings at which their similarity has fallen to exp(-1/2).
        image: Weight of the images; at 0 the question alone counts.
        context: Weight of what is known beside the image.

    Example:
        >>> question = np.eye(2, dtype=np.float32)
        >>> both = QuestionFeatures(question, np.ones((1, 1), np.float32), np.array([0, 0]), 0 * question)
        >>> print(Kernel(width=1.0, image=1.0, context=0.0)(both, both).round(2))
        [[1.   0.37]
         [0.37 1.  ]]
    """

    width: float
    image: float
    context: float

    def __call__(self, a: QuestionFeatures, b: QuestionFeatures) -> Float[np.ndarray, "n m"]:
        """The kernel of all pairs."""
        images = (a.images @ b.images.T)[a.owners][:, b.owners]
        alike = 1 + self.image * images
        if self.context:
            known = np.outer(a.contexts.any(axis=1), b.contexts.any(axis=1))
            alike = alike + self.context * known * _gaussian(a.contexts, b.contexts, width=_CONTEXT_WIDTH)
        return _gaussian(a.questions, b.questions, width=self.width) * alike / (1 + self.image + self.context)


@dataclass(frozen=True)
class Ridge:
    """Kernel ridge regression on the answers of one form of question.

    Args:
        kernel: Similarity of two questions about images.
        learned: Questions that the regression was fitted on.
        answers: Different answers, as written.
        coefficients: Coefficient of each question learned, for each answer.
        base: Frequency of each answer among the questions learned.
    """

    kernel: Kernel
    learned: QuestionFeatures
    answers: tuple[str, ...]
    coefficients: Float32[np.ndarray, "n a"]
    base: Float32[np.ndarray, " a"]

    def scores(self, questions: QuestionFeatures) -> Float[np.ndarray, "n a"]:
        """Approximate probability of each answer; a least-squares line may leave [0, 1]."""
        scores: Float[np.ndarray, "n a"] = self.kernel(questions, self.learned) @ self.coefficients + self.base
        return scores


def _gaussian(
    a: Float32[np.ndarray, "n w"], b: Float32[np.ndarray, "m w"], *, width: float
) -> Float[np.ndarray, "n m"]:
    """exp(-|a - b|² / 2 width²) of unit rows."""
    similar: Float[np.ndarray, "n m"] = np.exp(-np.maximum(1 - a @ b.T, 0) / width**2)
    return similar
