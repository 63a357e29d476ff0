"""`UnionFind`: names in disjoint sets (Tarjan, 1975, https://doi.org/10.1145/321879.321884)."""

from collections import defaultdict


class UnionFind:
    """Names in disjoint sets, joined two at a time; a set is called like the smallest of its names.

    The outcome does not depend on the order in which names are added and joined.

    Example:
        >>> names = UnionFind()
        >>> for one, two in ("ba", "cb", "dd"):
        ...     names.join(one, two)
        >>> names.root("c"), names.sets()
        ('a', {'a': ['a', 'b', 'c'], 'd': ['d']})
    """

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def add(self, name: str) -> None:
        """Add a name as a set of its own, unless it is known."""
        self._parent.setdefault(name, name)

    def root(self, name: str) -> str:
        """Name of the set that a name is in; a new name is added. Paths are halved on the way."""
        self.add(name)
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, two: str) -> None:
        """Make one set of those of two names."""
        first, second = sorted((self.root(one), self.root(two)))
        self._parent[second] = first

    def sets(self) -> dict[str, list[str]]:
        """Name of a set -> its names, both in order."""
        sets: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._parent):
            sets[self.root(name)].append(name)
        return dict(sets)
