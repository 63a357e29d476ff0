"""Legs of a search: what a case looks like, what is written about it by meaning, and by exact words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

COSINE, WORDING, BM25 = "cosine", "wording", "bm25"
LEGS = {"image": COSINE, "wording": WORDING, "words": BM25}
"""Leg as a user names it -> name of its score."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Weight of one leg's score, and the score that a case without anything for the leg is taken to have.

    Args:
        weight: Factor of the score in the sum.
        neutral: Score of a case without anything for the leg, where its image says nothing either.
        slope: What that score gains with the image's: a case that looks right is taken to read right.
        whole: Best score of a query at which the leg has its whole weight. One that is less counts in proportion, one
            that is more at most twice: many rare words that match decide, few common ones do not. None is always whole.
    """

    weight: float
    neutral: float
    slope: float = 0.0
    whole: float | None = None

    def weight_at(self, best: float) -> float:
        """Weight for a query.

        Args:
            best: Best score that the leg found for it.

        Example:
            >>> Leg(1.0, 0.2, whole=30.0).weight_at(15.0), Leg(1.0, 0.2).weight_at(15.0)
            (0.5, 1.0)
        """
        return self.weight if self.whole is None else self.weight * min(best / self.whole, 2.0)

    def expected(self, image: float) -> float:
        """Score that a case without anything for the leg is taken to have.

        Args:
            image: Its score by image.

        Example:
            >>> Leg(1.0, 0.25, slope=0.5).expected(0.5)
            0.5
        """
        return self.neutral + self.slope * image


@dataclass(frozen=True, slots=True)
class LegWeights:
    """Weights of all legs. The defaults were chosen on figures of textbooks ("train", "val") and of papers.

    Figures of "train" were scored by joint spaces that had not learned from them (five folds by group), 30 % of the
    texts were also taken away, and the sum of mean reciprocal rank and recall@10 decided.

    Args:
        image: Cosine of the query and the images, in the joint space.
        wording: Cosine of the query and what is written: that of the text tower and that of the joint space, weighed.
        words: BM25 as a share of the best case's, weighed by that one.
        tokens: Share of what is written that the query holds token by token; it counts when hits are re-ranked.
        joint: Share of the joint space in the score of wording; the text tower has the rest.

    Example:
        >>> LegWeights().by_score(wording=False)["bm25"].weight
        1.0
    """

    image: Leg = Leg(0.5, 0.15)
    wording: Leg = Leg(1.0, 0.15, slope=0.6)
    words: Leg = Leg(0.7, 0.2, whole=30.0)
    tokens: Leg = Leg(0.35, 0.25, slope=0.2)
    joint: float = 0.5

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Weights from the JSON types of `to_dict`."""
        given: dict[str, Any] = {name: one if name == "joint" else Leg(**one) for name, one in record.items()}
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    def by_score(self, *, wording: bool = True, text_weight: float | None = None) -> dict[str, Leg]:
        """Name of a leg's score -> its weight.

        Args:
            wording: The index holds vectors of what is written; without them exact words count in their place.
            text_weight: Share of the exact words in place of their learned weight.
        """
        words = self.words
        if not wording:
            words = replace(words, weight=self.wording.weight, whole=None)
        if text_weight is not None:
            others = self.image.weight + (self.wording.weight if wording else 0.0)
            words = replace(words, weight=others * text_weight / max(1 - text_weight, 1e-9), whole=None)
        return {COSINE: self.image, WORDING: self.wording, BM25: words}
