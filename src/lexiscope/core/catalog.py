"""`Catalog`: a table of names, loaded when asked, open to other packages through entry points."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from lexiscope.core.errors import UsageError


class Catalog(Mapping[str, str]):
    """Names of one kind of thing and where each is found, as "package.module:attribute".

    Nothing is imported until a name is loaded. Packages outside lexiscope join through the entry-point group
    `lexiscope.<kind>`; a built-in name cannot be replaced that way.

    Example:
        >>> shapes = Catalog("shape", {"fraction": "fractions:Fraction"})
        >>> shapes.load("fraction").__name__
        'Fraction'
        >>> shapes.load("fractoin")
        Traceback (most recent call last):
        lexiscope.core.errors.UsageError: unknown shape 'fractoin'. Did you mean 'fraction'? Available: fraction
    """

    def __init__(self, kind: str, places: Mapping[str, str]) -> None:
        self.kind = kind
        self._built_in = dict(places)

    def load(self, name: str) -> Any:
        """Import and return what `name` stands for.

        Raises:
            UsageError: no such name; the message proposes the nearest one.
        """
        module, _, attribute = self[name].partition(":")
        return getattr(import_module(module), attribute)

    def __getitem__(self, name: str) -> str:
        places = self._places()
        if name in places:
            return places[name]
        near = get_close_matches(name, places, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"unknown {self.kind} {name!r}.{hint} Available: {', '.join(sorted(places))}")

    def __contains__(self, name: object) -> bool:
        return name in self._places()

    def __iter__(self) -> Iterator[str]:
        return iter(self._places())

    def __len__(self) -> int:
        return len(self._places())

    def _places(self) -> dict[str, str]:
        joined = {point.name: point.value for point in entry_points(group=f"lexiscope.{self.kind}")}
        return {**joined, **self._built_in}
