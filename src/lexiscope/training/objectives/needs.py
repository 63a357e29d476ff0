"""`Needs`: requirements of a loss on a corpus; the reference page is generated from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """Requirements of a loss on a corpus, in the words of the reference page.

    Args:
        images: Images that a case must have.
        texts: Texts that a case must have.
        labels: Attributes that the cases must have.
        batch: Rows that a step must have.
        chance: Chance level: the loss when nothing has been learned.

    Example:
        >>> Needs(texts="one or more").images
        'none'
    """

    images: str = "none"
    texts: str = "none"
    labels: str = "none"
    batch: str = "any"
    chance: str = ""
