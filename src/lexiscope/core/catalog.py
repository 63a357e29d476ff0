"""`Catalog`: a table of names, loaded when needed, open to other packages through entry points."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lexiscope.core.errors import PluginError, UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_logger = logging.getLogger(__name__)


class Catalog(Mapping[str, str]):
    """Names of one kind of thing and where each is found, as "package.module:attribute".

    Nothing is imported until a name is loaded. Packages outside lexiscope join through the entry-point group
    `Catalog.group`; a built-in name cannot be replaced that way, and an entry that is broken or claimed twice breaks
    no other.

    Args:
        kind: The thing in words, such as "exchange format"; error messages use it.
        places: Built-in names, and where each is found.

    Example:
        >>> shapes = Catalog("flat shape", {"fraction": "fractions:Fraction"})
        >>> shapes.group
        'lexiscope.flat_shape'
        >>> shapes.load("fraction").__name__
        'Fraction'
        >>> shapes.load("fractoin")
        Traceback (most recent call last):
        lexiscope.core.errors.UsageError: unknown flat shape 'fractoin'. Did you mean 'fraction'? Available: fraction
    """

    def __init__(self, kind: str, places: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = f"lexiscope.{kind.replace(' ', '_')}"
        assert re.fullmatch(r"\w+(\.\w+)*", self.group), f"no name of an entry-point group: {self.group!r}"
        self._built_in = dict(places)

    @property
    def built_in(self) -> frozenset[str]:
        """Names that lexiscope itself brings.

        Example:
            >>> sorted(Catalog("flat shape", {"fraction": "fractions:Fraction"}).built_in)
            ['fraction']
        """
        return frozenset(self._built_in)

    def load(self, name: str) -> Any:
        """Import and return the thing of a name.

        Raises:
            UsageError: no such name; the message proposes the nearest one.
            PluginError: a distribution outside lexiscope adds the name, and it cannot be used.
        """
        if name in self._built_in:
            return _import(self._built_in[name])
        points = self._joined().get(name)
        if points is None:
            raise self._unknown(name)
        self._refuse_rivals(name, points)
        place, distribution = points[0].value, _distribution(points[0])
        try:
            return _import(place.partition("[")[0].strip())
        except Exception as error:
            msg = (
                f"{self.kind} {name!r} cannot be imported from {place!r}, as the distribution {distribution} says: "
                f"{type(error).__name__}: {error}; repair or uninstall {distribution}"
            )
            raise PluginError(msg) from error

    def load_all(self) -> dict[str, Any]:
        """Every name and its thing; an outside entry that cannot be used is logged and left out.

        Example:
            >>> list(Catalog("flat shape", {"fraction": "fractions:Fraction"}).load_all())
            ['fraction']
        """
        loaded = {}
        for name in self:
            try:
                loaded[name] = self.load(name)
            except PluginError as error:
                _logger.warning("%s", error)
        return loaded

    def __getitem__(self, name: str) -> str:
        if name in self._built_in:
            return self._built_in[name]
        points = self._joined().get(name)
        if points is None:
            raise self._unknown(name)
        self._refuse_rivals(name, points)
        return points[0].value

    def __contains__(self, name: object) -> bool:
        return name in self._built_in or name in self._joined()

    def __iter__(self) -> Iterator[str]:
        yield from self._built_in
        yield from (name for name in self._joined() if name not in self._built_in)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _joined(self) -> dict[str, list["EntryPoint"]]:
        """Names that other distributions add, each with all entries that claim it, in a fixed order."""
        joined: dict[str, list[EntryPoint]] = {}
        for point in sorted(
            _entry_points(tuple(sys.path), self.group), key=lambda p: (p.name, _distribution(p), p.value)
        ):
            rivals = joined.setdefault(point.name, [])
            if all((point.value, _distribution(point)) != (r.value, _distribution(r)) for r in rivals):
                rivals.append(point)
        return joined

    def _refuse_rivals(self, name: str, points: list["EntryPoint"]) -> None:
        if len(points) > 1:
            claims = " and ".join(f"{_distribution(point)} ({point.value})" for point in points)
            msg = f"{self.kind} {name!r} is claimed by {claims}; expected one distribution: uninstall the others"
            raise PluginError(msg)

    def _unknown(self, name: str) -> UsageError:
        near = get_close_matches(name, self, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return UsageError(f"unknown {self.kind} {name!r}.{hint} Available: {', '.join(sorted(self))}")


def _import(place: str) -> Any:
    module, _, attributes = place.partition(":")
    value: Any = import_module(module)
    for attribute in attributes.split("."):
        value = getattr(value, attribute)
    return value


def _distribution(point: "EntryPoint") -> str:
    return point.dist.name if point.dist is not None else "(unnamed)"


@lru_cache(maxsize=64)
def _entry_points(_search_path: tuple[str, ...], group: str) -> tuple["EntryPoint", ...]:
    """Entries of a group, read once for each search path: reading takes longer than all else here."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))
