"""Likeness of captions to references: BLEU-4, ROUGE-L and CIDEr, each from the library that keeps it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lexiscope.corpus.wording import normalise


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

    rouge-score's (https://aclanthology.org/W04-1013), without stemming.

    Example:
        >>> rouge_l(["red disc"], [["a red disc"]]).round(3)
        array([0.8])
    """
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"])
    return np.array(
        [
            scorer.score_multi(list(true), text)["rougeL"].fmeasure
            for text, true in zip(captions, references, strict=True)
        ]
    )


def cider(captions: Sequence[str], references: Sequence[Sequence[str]]) -> Float[np.ndarray, " n"]:
    """CIDEr-D: agreement of word groups weighted by how rare they are in these references, 0 to 10.

    pycocoevalcap's (https://arxiv.org/abs/1411.5726) on words without case and punctuation. Rarity is counted over the
    references given, so scores of different sets do not compare.
    """
    from pycocoevalcap.cider.cider import Cider

    given = {row: [normalise(caption)] for row, caption in enumerate(captions)}
    true = {row: [normalise(text) for text in texts] for row, texts in enumerate(references)}
    return np.asarray(Cider().compute_score(true, given)[1], dtype=float)
