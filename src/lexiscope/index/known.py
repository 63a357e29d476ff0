"""`KnownEntries`: payloads of a collection that searches have found, kept, since reading them is most of a search."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias
from uuid import UUID

from lexiscope.index.hybrid import StoredEntry

_MOST = 10_000  # entries; the ones that were read first go

Read: TypeAlias = Callable[[Sequence[UUID]], Iterable[tuple[UUID, dict[str, Any]]]]


class KnownEntries:
    """Entries by their point ids.

    Args:
        read: Ids -> each with its payload, from the collection.
        most: Entries that are kept at most.

    Example:
        >>> asked = []
        >>> def read(ids):
        ...     asked.extend(ids)
        ...     return [(one, {"case": str(one), "legs": []}) for one in ids]
        >>> known = KnownEntries(read)
        >>> [known.of([1, 2])[2].case, known.of([2, 3])[3].case, asked]
        ['2', '3', [1, 2, 3]]
    """

    def __init__(self, read: Read, *, most: int = _MOST) -> None:
        self._read = read
        self._most = most
        self._known: dict[UUID, StoredEntry] = {}

    def of(self, ids: Iterable[UUID]) -> Mapping[UUID, StoredEntry]:
        """The entries of these ids; those that are not known are read together."""
        known = {one: self._known.get(one) for one in ids}
        missing = [one for one, entry in known.items() if entry is None]
        came = {one: StoredEntry.of(payload) for one, payload in (self._read(missing) if missing else ())}
        self._keep(came)
        return {one: came[one] if entry is None else entry for one, entry in known.items()}

    def forget(self) -> None:
        """Read all again, since the collection has changed."""
        self._known.clear()

    def _keep(self, came: Mapping[UUID, StoredEntry]) -> None:
        self._known |= came
        surplus = max(0, len(self._known) - self._most)
        for one in list(islice(self._known, surplus)):  # a list of all would cost more than the search
            self._known.pop(one, None)
