"""Likeness of captions to references: BLEU-4, ROUGE-L and CIDEr."""

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.metrics.cider import cider_d
from lexiscope.evaluate.metrics.rouge import rouge_l_f


def bleu4(captions: Sequence[str], references: Sequence[Sequence[str]]) -> Float[np.ndarray, " n"]:
    """Sentence BLEU of up to four words in a row against the best of several references, 0 to 1.

    sacrebleu's, lower case, with exponential smoothing (https://aclanthology.org/W18-6319).

    Example:
        >>> bleu4(["a red disc"], [["A red disc", "a disc"]]).round(3)
        array([1.])
    """
    from sacrebleu.metrics import BLEU

    metric = BLEU(lowercase=True, effective_order=True)
    return np.array(
        [metric.sentence_score(text, list(true)).score / 100 for text, true in zip(captions, references, strict=True)]
    )


def rouge_l(captions: Sequence[str], references: Sequence[Sequence[str]]) -> Float[np.ndarray, " n"]:
    """F-measure of the longest common subsequence of words, the best of several references.

    Words are runs of a-z and 0-9 without case, unstemmed, as in the package rouge-score.

    Example:
        >>> rouge_l(["red disc"], [["a red disc"]]).round(3)
        array([0.8])
    """
    return np.array(
        [
            max(rouge_l_f(_words(text), _words(reference)) for reference in true)
            for text, true in zip(captions, references, strict=True)
        ]
    )


def cider(captions: Sequence[str], references: Sequence[Sequence[str]]) -> Float[np.ndarray, " n"]:
    """CIDEr-D: agreement of word groups weighted by how rare they are in these references, 0 to 10.

    On words without case and punctuation (`evaluate.metrics.cider`). Rarity is counted over the references given, so
    scores of different sets do not compare.
    """
    true = [[normalise(text).split() for text in texts] for texts in references]
    return cider_d([normalise(caption).split() for caption in captions], true)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
