"""`Evaluation`: one kind of measurement. The command line, the demo and benchmarks run every one of them alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeAlias

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Settings

if TYPE_CHECKING:  # an evaluation names its options without loading torch
    from lexiscope.corpus.part import CorpusPart
    from lexiscope.corpus.store import Corpus
    from lexiscope.evaluate.measured_split import MeasuredSplit
    from lexiscope.evaluate.statistics import Metrics
    from lexiscope.models.directory import ModelDirectory

SettingsClass: TypeAlias = type[Settings]


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """Everything that an evaluation is given.

    Args:
        model: The model that is measured.
        corpus: The corpus whose split is measured.
        split: Name of the split.
        seed: Seed of the bootstrap and of everything that is drawn.
        resamples: Number of resamples behind each interval.
        progress: Called with what is done.
    """

    model: "ModelDirectory"
    corpus: "Corpus"
    split: str
    seed: int
    resamples: int
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Measurements:
    """Results of an evaluation; the rest of a `Report` is the same for all of them.

    Args:
        n: Number of items measured.
        cases: Number of cases that they are about.
        groups: Number of groups that the cases belong to.
        metrics: Estimates of the model.
        baselines: Baseline -> its estimates.
        differences: Baseline -> the model less the baseline.
        verdicts: Differences in words.
        notes: Sentences that a reader of the numbers must know.
        sections: Further results under names of their own.
    """

    n: int
    cases: int
    groups: int
    metrics: "Metrics"
    baselines: Mapping[str, "Metrics"] = field(default_factory=dict)
    differences: Mapping[str, "Metrics"] = field(default_factory=dict)
    verdicts: Sequence[str] = ()
    notes: Sequence[str] = ()
    sections: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def about(cls, cases: Iterable[Case], metrics: "Metrics", **others: Any) -> Self:
        """Measurements of one item for each case named; a case may be named several times."""
        named = list(cases)
        ids, groups = {case.id for case in named}, {case.group for case in named}
        return cls(len(named), len(ids), len(groups), metrics, **others)


class OpenEvaluation(Protocol):
    """An evaluation with the model loaded.

    `evaluate_model` calls `items`, `answers`, `baselines` and `measure` in turn.

    What items and answers are is the evaluation's own business: nobody else looks into them.
    """

    @property
    def learned_from(self) -> "CorpusPart | None":
        """Corpus part that was learned from beside what towers and joint space learned from; None for nothing.

        The leakage gate compares it, too.
        """
        ...

    def items(self, measured: "MeasuredSplit") -> Any:
        """Everything that is measured, from the cases that passed the gate.

        Raises:
            EvaluationError: the split has nothing that can be measured; the message says what to do.
        """
        ...

    def answers(self, items: Any) -> Any:
        """Let the model answer, classify or embed the items."""
        ...

    def baselines(self, items: Any, answers: Any) -> Mapping[str, Any]:
        """Baseline -> what it gives for the same items."""
        ...

    def measure(self, items: Any, answers: Any, baselines: Mapping[str, Any]) -> Measurements:
        """Estimates of the answers, those of the baselines, and what differs."""
        ...


class Evaluation(Protocol):
    """One kind of measurement, a line in `lexiscope.evaluate.EVALUATIONS`.

    Its module imports no torch, so that its options can be listed quickly; what is heavy comes in with `open`. The
    first line of the class's docstring is its help on the command line.

    Attributes:
        name: Its name in the table, in `lexiscope evaluate NAME` and in every report.
        Options: What a user may choose beside model, corpus, split and seed.
        rule: How its metrics are defined and the chance level is found; printed with the numbers.
        sections: Name of each section of its reports -> what it holds.
        near_spared: Share of measured cases that may be near-duplicates of what was learned from, and are left out.
    """

    name: ClassVar[str]
    Options: ClassVar[SettingsClass]
    rule: ClassVar[str]
    sections: ClassVar[Mapping[str, str]]
    near_spared: ClassVar[float]

    @classmethod
    def open(cls, context: EvaluationContext, options: Any) -> OpenEvaluation:
        """Load what is measured.

        Raises:
            ModelError: the model lacks a part; the message holds the command that makes it.
            UsageError: options that make no sense for this model.
        """
        ...
