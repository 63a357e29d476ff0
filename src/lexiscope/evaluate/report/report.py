"""`Report`: the result of every evaluation. What prints, draws or keeps results reads this class alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.report.tables import Row, Table, rows_of
from lexiscope.evaluate.statistics import Estimate, Metrics, plain

_EARLIER_NAMES = {"interpret": "assistant"}  # of evaluations, in files written before
_ESTIMATE = ("value", "low", "high", "chance")


@dataclass(frozen=True, slots=True)
class Report:
    """Result of an evaluation.

    Args:
        task: Name of the evaluation, as in `lexiscope evaluate NAME`.
        split: Split of the corpus that was measured.
        n: Number of items measured: cases, questions or captions.
        cases: Number of cases that the items are about.
        groups: Number of patients, papers or specimens that the cases belong to.
        metrics: Estimates of the model.
        baselines: Baseline -> estimates of what needs no image, no training or no evidence.
        differences: Baseline -> estimates of the model less the baseline, on the same items.
        verdicts: Differences in words, one sentence each.
        notes: Sentences that a reader of the numbers must know.
        sections: Further results of this evaluation alone, each under a name of its own.
        audit: Findings of the leakage gate, with the reason for which a leak was accepted.
        rule: Definitions of the metrics and of their chance levels.
        corpus: Content version of the corpus.
        model: Fingerprint of the model.
        seed: Seed of the bootstrap and of everything that was drawn.
        resamples: Number of resamples behind each interval.
        versions: Package -> version.
    """

    task: str
    split: str
    n: int
    cases: int
    groups: int
    metrics: Metrics
    baselines: Mapping[str, Metrics] = field(default_factory=dict)
    differences: Mapping[str, Metrics] = field(default_factory=dict)
    verdicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sections: Mapping[str, Any] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    corpus: str = ""
    model: str = ""
    seed: int = 0
    resamples: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = sorted(self.sections.keys() & {one.name for one in fields(self)})
        if taken:
            raise ValueError(f"expected sections under names of their own, got {', '.join(taken)}; rename them")

    def metric(self, *path: str) -> Estimate:
        """Estimate of the model by its name, or by the names on the way to it.

        Raises:
            EvaluationError: nothing is called so; the message holds the names there are.
        """
        return _find(self.metrics, path)

    def branch(self, name: str) -> Metrics:
        """Estimates of the model under one name, such as those of one direction of search.

        Raises:
            EvaluationError: nothing, or a single estimate, is called so.
        """
        found = self.metrics.get(name)
        if found is None or isinstance(found, Estimate):
            raise EvaluationError(f"expected several estimates under {name!r}; there are {', '.join(self.metrics)}")
        return found

    def baseline(self, name: str, *path: str) -> Estimate:
        """Estimate of a baseline, as `metric` finds the model's."""
        return _find(self.baselines, (name, *path))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types: the fields by name, and each section beside them under its own."""
        own = {one.name: plain(getattr(self, one.name)) for one in fields(self) if one.name != "sections"}
        return {**own, **plain(self.sections)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, in this version or an earlier one.

        Raises:
            EvaluationError: no result of an evaluation.
        """
        names = {one.name for one in fields(cls)} - {"sections"}
        if not {"task", "split", "n", "metrics"} <= record.keys():
            raise EvaluationError(
                "expected the JSON of `lexiscope evaluate`, got something else; give one of its files"
            )
        read = {name: _read(record[name]) for name in names & record.keys()}
        read["task"] = _EARLIER_NAMES.get(read["task"], read["task"])
        read |= {name: tuple(read.get(name, ())) for name in ("verdicts", "notes")}
        read |= {name: read.get(name, read["n"]) for name in ("cases", "groups")}
        return cls(**read, sections={name: _read(value) for name, value in record.items() if name not in names})

    def tables(self) -> list[Table]:
        """The model with its baselines in one table, and one for each section that holds estimates."""
        accepted = self.audit.get("accepted")
        title = f"{self.task}, split {self.split}" + (f" (leak accepted: {accepted})" if accepted else "")
        rows = list(rows_of("the model", self.metrics))
        for name, metrics in self.baselines.items():
            rows += rows_of(name.replace("_", " "), metrics)
        sections = (Table(name.replace("_", " "), tuple(_section_rows(value))) for name, value in self.sections.items())
        return [Table(title, tuple(rows)), *(table for table in sections if table.rows)]

    def lines(self) -> list[str]:
        """Sentences for people: verdicts, notes, what was measured, the rule, and what the gate found."""
        items = f"{self.n} cases" if self.n == self.cases else f"{self.n} items about {self.cases} cases"
        measured = f"{self.split}: {items} in {self.groups} groups; corpus {self.corpus}"
        return [*self.verdicts, *self.notes, measured, self.rule, *_audit_lines(self.audit)]


def _find(metrics: Mapping[str, Any], path: tuple[str, ...]) -> Estimate:
    found: Any = metrics
    for name in path:
        inside = found.parts if isinstance(found, Estimate) else found
        if name not in inside:
            raise EvaluationError(f"nothing measured is called {name!r}; there are {', '.join(inside)}")
        found = inside[name]
    if not isinstance(found, Estimate):
        raise EvaluationError(f"{', '.join(path)} holds several estimates; name one of {', '.join(found)}")
    return found


def _read(value: Any) -> Any:
    """Estimates from their JSON."""
    if isinstance(value, list):
        return [_read(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if not all(name in value for name in _ESTIMATE):
        return {name: _read(one) for name, one in value.items()}
    ends = {name: value[name] for name in (*_ESTIMATE, "n", "groups") if name in value}
    return Estimate(**ends, parts={name: _read(one) for name, one in value.items() if name not in ends})


def _section_rows(section: Any) -> Iterator[Row]:
    """Rows of a section: its first level of names says what was measured."""
    if not isinstance(section, Mapping):
        return
    for name, value in section.items():
        words = str(name).replace("_", " ")
        if isinstance(value, Estimate):
            yield Row(words, "", value)
            yield from rows_of(words, value.parts)
        elif isinstance(value, Mapping):
            yield from rows_of(words, value)


def _audit_lines(audit: Mapping[str, Any]) -> Iterator[str]:
    if not audit.get("checked", True):
        yield f"not audited: {audit['note']}"
        return
    if audit.get("accepted"):
        yield f"leak accepted ({audit['refused']}): {audit['accepted']}"
    if audit.get("left_out_cases"):
        yield f"left out as near-duplicates of images learned from: {', '.join(audit['left_out_cases'])}"
    if audit.get("left_out"):
        yield f"{len(audit['left_out'])} texts that training also has were left out"
