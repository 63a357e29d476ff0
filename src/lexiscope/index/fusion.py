"""Reciprocal rank fusion: one ranking out of two whose scores cannot be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lexiscope.index.store import Hit

_OFFSET = 60


def fuse(rankings: Mapping[str, Sequence[Hit]], *, weights: Mapping[str, float], k: int) -> list[Hit]:
    """Merge rankings by weighted reciprocal rank fusion, scaled so that 1 means first in every ranking.

    score = Σ_r weight_r · (60 + 1) / (60 + rank_r), ranks from 1, nothing from a ranking that lacks the hit, weights
    that sum to 1 (Cormack et al., SIGIR 2009, https://doi.org/10.1145/1571941.1572114). Ranks are fused and not scores
    because a cosine and a BM25 sum share no scale and their spread differs from query to query. Hits of equal score
    share the better rank; ties that remain go by id.

    Args:
        rankings: Name of the score -> hits, best first.
        k: Hits to return at most.

    Example:
        >>> rankings = {"cosine": [Hit("a", 0.9), Hit("b", 0.8)], "bm25": [Hit("b", 4.2)]}
        >>> [(hit.id, round(hit.score, 3)) for hit in fuse(rankings, weights={"cosine": 0.5, "bm25": 0.5}, k=2)]
        [('b', 0.992), ('a', 0.5)]
    """
    fused: dict[str, Hit] = {}
    for name, hits in rankings.items():
        for rank, hit in zip(_ranks(hits), hits, strict=True):
            seen = fused.get(hit.id, replace(hit, score=0.0, parts={}))
            gain = weights[name] * (_OFFSET + 1) / (_OFFSET + rank)
            fused[hit.id] = replace(seen, score=seen.score + gain, parts={**seen.parts, name: hit.score})
    return sorted(fused.values(), key=lambda hit: (-hit.score, hit.id))[:k]


def _ranks(hits: Sequence[Hit]) -> list[int]:
    ranks: list[int] = []
    for number, hit in enumerate(hits):
        tied = number > 0 and hit.score == hits[number - 1].score
        ranks.append(ranks[-1] if tied else number + 1)
    return ranks
