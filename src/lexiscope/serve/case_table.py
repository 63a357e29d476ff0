"""`CaseTable`: the few fields of every case by which lists are filtered, counted and ordered, held in memory.

Filling it reads each case once for each state of a corpus; after that a filter looks at every *value* once, and a page
of cases costs what reading its own rows costs. Values are kept once and cases hold their numbers, four bytes a field.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int

from lexiscope.corpus import Corpus
from lexiscope.index.filter import Condition, Filter, plain_values

Value: TypeAlias = str | int | float | tuple[str, ...]
Facet: TypeAlias = dict[str, int] | tuple[float, float]
"""Value -> cases that have it; of many different numbers, their smallest and largest."""

_COLUMNS = ("id", "group", "split", "images", "attributes", "provenance")
_FILTERS_KEPT = 64
_MOST_VALUES = 200  # of one facet, the most frequent first
_MOST_NUMBERS = 12  # different numbers that are still listed; more are told as a range


class CaseTable:
    """Fields of the cases of one state of a corpus, in the order of iteration.

    Example:
        >>> import tempfile
        >>> from lexiscope.core import Case, Provenance
        >>> corpus = Corpus.create(f"{tempfile.mkdtemp()}/scans")
        >>> corpus.upsert(Case(f"visit-{n}", "p1", Provenance("table"), attributes={"age": n}) for n in (10, 9)).added
        2
        >>> from lexiscope.index.filter import parse_filter
        >>> CaseTable(corpus).places(parse_filter(["attributes.age>=9"])).tolist()
        [1, 0]
    """

    def __init__(self, corpus: Corpus) -> None:
        filling = {name: _Filling() for name in ("case", "group", "split", "licence", "source", "modalities")}
        for batch in corpus.columns(_COLUMNS):
            _fill(filling, batch)
        cases = filling["case"].count
        self._fields = {name: column.column(cases) for name, column in filling.items()}
        self._order = np.argsort(_natural_ranks(self._fields["case"]), kind="stable").astype(np.int64)
        self._kept: OrderedDict[Filter, Int[np.ndarray, " m"]] = OrderedDict()
        self._lock = Lock()

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities of which any case has an image."""
        return tuple(sorted({name for value in self._fields["modalities"].values for name in _each(value)}))

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes that any case has, as a filter names them."""
        return tuple(sorted(name for name in self._fields if name.startswith("attributes.")))

    def places(self, where: Filter) -> Int[np.ndarray, " m"]:
        """Places of the cases that satisfy a filter, ordered by id, numbers within ids by their size.

        Raises:
            UsageError: the filter names an attribute that no case has.
        """
        where.require_known(self.attributes)
        with self._lock:
            if where in self._kept:
                self._kept.move_to_end(where)
                return self._kept[where]
        found = self._order[self._admitted(where.conditions)[self._order]]
        with self._lock:
            self._kept[where] = found
            while len(self._kept) > _FILTERS_KEPT:
                self._kept.popitem(last=False)
        return found

    def facets(self, where: Filter) -> dict[str, Any]:
        """Values of every field with the number of cases that have them under a filter.

        Conditions on a field itself are left out of its own counts, so that its other values can still be chosen.

        Raises:
            UsageError: the filter names an attribute that no case has.
        """
        where.require_known(self.attributes)
        attributes = {name.removeprefix("attributes."): self._facet(name, where) for name in self.attributes}
        return {
            "total": int(self._admitted(where.conditions).sum()),
            "split": self._facet("split", where),
            "group": self._facet("group", where),
            "attributes": attributes,
            "modalities": self._facet("modalities", where),
            "licence": self._facet("licence", where),
            "source": self._facet("source", where),
        }

    def _facet(self, name: str, where: Filter) -> Facet:
        others = tuple(condition for condition in where.conditions if condition.field != name)
        column = self._fields[name]
        codes = column.codes[self._admitted(others)]
        counts = np.bincount(codes[codes >= 0], minlength=len(column.values))
        numbers = [value for value in column.values if isinstance(value, int | float)]
        if len(numbers) == len(column.values) > _MOST_NUMBERS:
            return min(numbers), max(numbers)
        return _listed(column.values, counts.tolist())

    def _admitted(self, conditions: Iterable[Condition]) -> Bool[np.ndarray, " n"]:
        admitted = np.ones(len(self._order), bool)
        for condition in conditions:
            admitted &= self._fields[condition.field].holds(condition)
        return admitted


class _Column:
    """One field of all cases: its values once, and the number of each case's value; -1 where it has none."""

    def __init__(self, values: Sequence[Value], codes: Int[np.ndarray, " n"]) -> None:
        self.values = values
        self.codes = codes

    def holds(self, condition: Condition) -> Bool[np.ndarray, " n"]:
        """Cases that satisfy a condition on this field, by the rule of `Filter` itself."""
        alone = Filter((condition,))
        admitted = [alone.admits({condition.field: value}) for value in self.values]
        return np.array([*admitted, alone.admits({})], bool)[self.codes]  # the last one is that of -1


class _Filling:
    """A column while it is read."""

    def __init__(self) -> None:
        self.count = 0
        self._known: dict[tuple[type, Value], int] = {}  # by type: 1, 1.0 and True are the same key otherwise
        self._places: list[int] = []
        self._codes: list[int] = []

    def add(self, place: int, value: Value | None) -> None:
        self.count = place + 1
        if value is None:
            return
        self._places.append(place)
        self._codes.append(self._known.setdefault((type(value), value), len(self._known)))

    def column(self, cases: int) -> _Column:
        codes = np.full(cases, -1, np.int32)
        codes[self._places] = self._codes
        return _Column([value for _, value in self._known], codes)


def _fill(filling: dict[str, _Filling], batch: pa.RecordBatch) -> None:
    start = filling["case"].count
    provenance = batch["provenance"]
    columns: Mapping[str, Iterable[Any]] = {
        "case": batch["id"].to_pylist(),
        "group": batch["group"].to_pylist(),
        "split": batch["split"].to_pylist(),
        "licence": pc.struct_field(provenance, "licence").to_pylist(),
        "source": pc.struct_field(provenance, "source").to_pylist(),
        "modalities": _modalities(batch["images"]),
    }
    for name, values in columns.items():
        for place, value in enumerate(values, start):
            filling[name].add(place, value)
    for place, text in enumerate(batch["attributes"].to_pylist(), start):
        for name, value in plain_values(json.loads(text, parse_constant=str)).items():
            filling.setdefault(f"attributes.{name}", _Filling()).add(place, value)


def _modalities(images: pa.ListArray) -> list[tuple[str, ...]]:
    """Modalities of each case, without reading what else is known of its images."""
    names = pc.struct_field(images.flatten(), "modality").to_pylist()
    ends = np.cumsum(pc.list_value_length(images).fill_null(0).to_numpy(zero_copy_only=False))
    return [tuple(sorted(names[start:end])) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _listed(values: Sequence[Value], counts: Sequence[int]) -> dict[str, int]:
    """Value -> cases, the most frequent first; of a field of several values, each of them."""
    total: dict[str, int] = {}
    for value, count in zip(values, counts, strict=True):
        for one in _each(value):
            total[one] = total.get(one, 0) + count
    order = sorted(total.items(), key=lambda pair: (-pair[1], _natural(pair[0])))
    return dict(order[:_MOST_VALUES])


def _each(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _natural_ranks(ids: _Column) -> list[int]:
    order = sorted(range(len(ids.values)), key=lambda place: _natural(str(ids.values[place])))
    ranks = [0] * len(order)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Key that puts "visit-9" before "visit-10"."""
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]
