"""`CachedSubject`: what a model says of cases without some of their inputs, computed once for all methods of a run."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from lexiscope.interpret.subject import Asked, Cases, Coalition, Outcome, Subject


class CachedSubject:
    """A subject that computes its outcome for a case and a subset of its inputs once, whoever asks.

    Shapley values, interactions and missing inputs rest on one table: every case under every subset of the inputs, the
    others missing in the model's own way. It is filled as far as methods ask. Questions with zeros or inputs of other
    cases in place of what is missing, and about other cases, are passed on: no two methods ask the same of them.

    Args:
        subject: The model. What is kept is what it says as it is: with units silenced, noise or other weights, ask the
            model itself.
        cases: Cases that outcomes are kept of, known by their ids.
        asked: What is asked in place of the subject, with the same answers; the subject when None.
    """

    def __init__(self, subject: Subject, cases: Cases[Any], *, asked: Asked | None = None) -> None:
        self.name, self.fingerprint, self.inputs = subject.name, subject.fingerprint, subject.inputs
        self.fusion, self.score = subject.fusion, subject.score
        self._asked = asked or subject
        self._rows = {name: row for row, name in enumerate(cases.ids)}
        self._tables = defaultdict[frozenset[str], _Table](lambda: _Table(len(cases)))

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """What the model says; it is asked what nobody has asked before."""
        if any(one.removal != "missing" for one in coalitions) or not self._rows.keys() >= set(cases.ids):
            return self._asked.outcomes(cases, coalitions)
        rows = np.array([self._rows[name] for name in cases.ids], dtype=np.int64)
        for places, unknown in self._unknown(rows, coalitions).items():
            said = self._asked.outcomes(cases.take(places), unknown)
            for coalition, outcome in zip(unknown, said, strict=True):
                self._tables[coalition.kept].add(rows[list(places)], outcome)
        return [self._tables[coalition.kept].outcome(rows) for coalition in coalitions]

    def _unknown(
        self, rows: Int64[np.ndarray, " b"], coalitions: Sequence[Coalition]
    ) -> dict[tuple[int, ...], list[Coalition]]:
        """Places among the rows -> coalitions whose outcome is unknown at these: what they share is computed once."""
        found: dict[tuple[int, ...], list[Coalition]] = {}
        for coalition in {one.kept: one for one in coalitions}.values():
            places = np.flatnonzero(~self._tables[coalition.kept].known[rows])
            if len(places):
                found.setdefault(tuple(places.tolist()), []).append(coalition)
        return found


class _Table:
    """Outcomes of n cases under one coalition, some of them known."""

    def __init__(self, n: int) -> None:
        self.known: Bool[np.ndarray, " n"] = np.zeros(n, dtype=bool)
        self._values: dict[str, np.ndarray] = {}  # field of an outcome -> (n, ...)

    def add(self, rows: Int64[np.ndarray, " b"], outcome: Outcome) -> None:
        for name in (one.name for one in fields(Outcome)):
            values = getattr(outcome, name)
            if values is not None:
                self._values.setdefault(name, np.empty((len(self.known), *values.shape[1:]), values.dtype))[rows] = (
                    values
                )
        self.known[rows] = True

    def outcome(self, rows: Int64[np.ndarray, " b"]) -> Outcome:
        return Outcome(**{name: values[rows] for name, values in self._values.items()})
