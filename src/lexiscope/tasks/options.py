"""Types of options that several tasks share; each checks what a user wrote before anything is loaded."""

from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator


def _path_of(corpus: Any) -> Any:
    """The path of an open corpus; anything else as it is."""
    return getattr(corpus, "path", corpus)


def _readable(where: tuple[str, ...]) -> tuple[str, ...]:
    from lexiscope.index.filter import parse_filter

    parse_filter(where)
    return where


LearnedFrom: TypeAlias = Annotated[Path | None, BeforeValidator(_path_of)]
"""A corpus, open or by its path, in place of the one that the model was trained on."""

Where: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_readable)]
"""Conditions such as "split=test" or "attributes.age>=50" that must all hold; see `lexiscope.index.filter`."""
