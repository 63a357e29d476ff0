"""Late interaction: hits are ordered anew by how much of what is written about them the query holds."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lexiscope.corpus import Corpus
from lexiscope.index import Hit
from lexiscope.index.fusion import by_rank
from lexiscope.index.legs import COSINE, Leg, LegWeights
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.search.search import RERANKED
from lexiscope.tasks.search.wording import token_vectors, written_texts

TOKENS = "tokens"
_KEPT = 2000  # passages, 40 MB of a small text tower


class PassageTokens:
    """Token vectors of passages, computed once while a search is held open; the oldest go first.

    Args:
        joint: Joint space whose text tower reads.
    """

    def __init__(self, joint: JointSpace) -> None:
        self._joint = joint
        self._kept: dict[str, Float[Tensor, "p w"]] = {}

    def of(self, texts: Sequence[str]) -> list[Float[Tensor, "p w"]]:
        """Vectors of the tokens of each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        self._kept.update(zip(new, token_vectors(self._joint, new), strict=True))
        found = [self._kept[text] for text in texts]
        for text in list(self._kept)[: max(0, len(self._kept) - _KEPT)]:
            del self._kept[text]
        return found


def rerank(hits: Sequence[Hit], words: str, *, corpus: Corpus, tokens: PassageTokens, weights: LegWeights) -> list[Hit]:
    """Order the first `RERANKED` hits anew; the others follow in their order.

    Each token of a passage is compared with the token of the query that is nearest to it, as ColBERT compares them the
    other way round (https://arxiv.org/abs/2004.12832): a query that describes a picture at length holds what its
    caption says, and more. Tokens are centred on their mean over the hits. The best passage of a case counts; a case
    of images alone counts with the score that its image lets expect.

    Args:
        hits: Hits of a search, best first.
        words: Words of the query.
        corpus: Corpus that the hits come from.
        tokens: Vectors of the tokens of passages.
        weights: Weights of the legs; `tokens` against the sum of the others.
    """
    first, others = hits[:RERANKED], hits[RERANKED:]
    texts = [written_texts(case, attributes=False) for case in corpus.take(hit.id for hit in first)]
    owners = [row for row, one in enumerate(texts) for _ in one]
    if not owners:
        return list(hits)
    query, *passages = tokens.of([words, *(text for one in texts for text in one)])
    centre = torch.cat(passages).mean(dim=0)
    best: dict[int, float] = {}
    for row, passage in zip(owners, passages, strict=True):
        best[row] = max(best.get(row, 0.0), coverage(query - centre, passage - centre))
    share = weights.tokens.weight / (
        weights.tokens.weight + weights.image.weight + weights.wording.weight + weights.words.weight
    )
    again = [_weighed(hit, best.get(row), share, weights.tokens) for row, hit in enumerate(first)]
    return [*sorted(again, key=by_rank), *(replace(hit, score=(1 - share) * hit.score) for hit in others)]


def coverage(query: Float[Tensor, "q w"], passage: Float[Tensor, "p w"]) -> float:
    """Mean over the tokens of a passage of the largest cosine with a token of the query.

    Example:
        >>> coverage(torch.eye(3), torch.eye(3)[:1])
        1.0
    """
    cosines = functional.normalize(passage, dim=-1) @ functional.normalize(query, dim=-1).T
    return float(cosines.amax(dim=1).mean())


def _weighed(hit: Hit, covered: float | None, share: float, tokens: Leg) -> Hit:
    counted = tokens.expected(hit.parts.get(COSINE, 0.0)) if covered is None else covered
    score = (1 - share) * hit.score + share * counted
    return replace(hit, score=score, parts=hit.parts if covered is None else {**hit.parts, TOKENS: covered})
