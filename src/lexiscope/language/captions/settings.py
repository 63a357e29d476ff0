"""`CaptionSettings`: choices about sentences that are written from attributes."""

from typing import Annotated

from pydantic import Field

from lexiscope.core.settings import Flag, Settings


class CaptionSettings(Settings):
    """Choices of `write captions`.

    Args:
        attributes: Name of an attribute to write about; repeatable, and all attributes of a case when left out.
        sentences: Number of sentences for each case; fewer where the attributes allow no more that differ.
        dropout: Probability that a sentence leaves an attribute out; one is always kept.
        seed: Seed of order, wording and rounding; with the id of a case it decides every sentence.

    Example:
        >>> CaptionSettings(sentences=5).dropout
        0.3
    """

    attributes: Annotated[tuple[str, ...] | None, Flag("--attribute")] = None
    sentences: Annotated[int, Field(ge=1)] = 3
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    seed: int = 0
