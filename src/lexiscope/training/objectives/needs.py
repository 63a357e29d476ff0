"""`Needs`: what a loss asks of a corpus; the reference page is generated from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """What a loss asks of a corpus, in the words of the reference page.

    Args:
        images: Of each case.
        texts: Of each case.
        labels: Attributes of the cases.
        batch: Of a step.
        chance: What the loss costs when nothing has been learned.
    """

    images: str = "none"
    texts: str = "none"
    labels: str = "none"
    batch: str = "any"
    chance: str = ""
