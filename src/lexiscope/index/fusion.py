"""Weighted sum of the scores of several rankings, each made comparable first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lexiscope.index.legs import BM25, COSINE, Leg
from lexiscope.index.store import Hit


def fuse(rankings: Mapping[str, Sequence[Hit]], *, weights: Mapping[str, Leg], depth: int, k: int) -> list[Hit]:
    """Merge rankings by the weighted mean of their scores, best first; ties go by id.

    Cosines count as they are, BM25 as a share of the query's best, since its sum has no scale. A case that a ranking
    ends before counts with the ranking's last score, or 0 where the ranking is complete. A case that has nothing a leg
    could find (no text, no image) counts with the score that its image lets expect, so that it is found by what it has.
    A convex combination of scores beats fusion of ranks once a few queries weigh it (Bruch et al., ACM TOIS 2023,
    https://doi.org/10.1145/3596512).

    Args:
        rankings: Name of the score -> hits, best first; an empty one counts for nothing.
        weights: Name of the score -> its weight.
        depth: Number of hits that were asked for in each ranking.
        k: Hits to return at most.

    Example:
        >>> from lexiscope.index.legs import LegWeights
        >>> rankings = {"cosine": [Hit("a", 0.9), Hit("b", 0.8)], "bm25": [Hit("b", 4.2)]}
        >>> weights = LegWeights().by_score(wording=False)
        >>> [(hit.id, round(hit.score, 3)) for hit in fuse(rankings, weights=weights, depth=50, k=2)]
        [('b', 0.933), ('a', 0.3)]
    """
    rankings = {name: hits for name, hits in rankings.items() if hits}
    shares = {name: weights[name].weight_at(ranking[0].score) for name, ranking in rankings.items()}
    total = sum(shares.values()) or 1.0
    hits = {hit.id: hit for ranking in rankings.values() for hit in ranking}
    found = {name: {hit.id: hit.score for hit in ranking} for name, ranking in rankings.items()}
    looks, scores = found.get(COSINE, {}), dict.fromkeys(hits, 0.0)
    for name, ranking in rankings.items():
        leg, unit, own = weights[name], ranking[0].score if name == BM25 else 1.0, found[name]
        floor = ranking[-1].score / unit if len(ranking) >= depth else 0.0
        for case, hit in hits.items():
            score = own[case] / unit if case in own else floor
            score = score if name in hit.legs else max(score, leg.expected(looks.get(case, 0.0)))
            scores[case] += shares[name] / total * score
    best = sorted(hits, key=lambda case: (-scores[case], case))[:k]
    return [replace(hits[case], score=scores[case], parts=_parts(case, found)) for case in best]


def _parts(case: str, found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {name: scores[case] for name, scores in found.items() if case in scores}


def by_rank(hit: Hit) -> tuple[float, str]:
    """Key that sorts hits by falling score, ties by id.

    Example:
        >>> [hit.id for hit in sorted([Hit("b", 0.5), Hit("a", 0.5), Hit("c", 0.9)], key=by_rank)]
        ['c', 'a', 'b']
    """
    return -hit.score, hit.id
