"""`Stage`: one step by which a model grows, with the nouns of a run of it; importable without torch.

`training.run.run_stage` does what is the same for all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from lexiscope.core.progress import Progress
from lexiscope.training.result import StageResult
from lexiscope.training.settings import StageSettings

if TYPE_CHECKING:  # the command line reads stages for its help, and torch costs seconds to import
    from lexiscope.corpus import Corpus
    from lexiscope.corpus.part import CorpusPart
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.training.loop.loop import Trained, Validation

ConfigT = TypeVar("ConfigT", bound=StageSettings, contravariant=True)


@dataclass(frozen=True)
class StageRun:
    """One run of a stage, or of one phase of it.

    Args:
        folder: Folder of checkpoints and logs.
        key: Hash of everything that decides the run; checkpoints of another key are not resumed.
        progress: Called with each step that is done.
    """

    folder: Path
    key: str
    progress: Progress | None = None

    def phase(self, name: str) -> "StageRun":
        """Run of one phase, with a folder and a key of its own.

        Example:
            >>> StageRun(Path("training"), "k").phase("projector").key
            'k-projector'
        """
        return StageRun(self.folder / name, f"{self.key}-{name}", self.progress)


@dataclass(frozen=True)
class StageOutcome:
    """Result of a stage's own training.

    Args:
        trained: Result of the last loop.
        validation: Metrics of the kept weights on the split "val"; None without one.
        save: Writes the part with its record.
        counts: Fields of the stage's result beside those that `run_stage` fills in, such as "cases" and "epochs".
        notes: Notes for the user about the run.
    """

    trained: "Trained"
    validation: "Validation | None"
    save: "Callable[[ModelDirectory, dict[str, Any]], None]"
    counts: Mapping[str, Any]
    notes: Sequence[str] = field(default=())


class StageJob(Protocol):
    """A module with its data and its resolved settings, ready to train."""

    @property
    def config(self) -> StageSettings:
        """Settings with everything resolved that is left open in those of the user."""

    @property
    def part(self) -> "CorpusPart":
        """Cases that are learned from."""

    @property
    def notes(self) -> Sequence[str]:
        """Notes for the user, before anything trains."""

    @property
    def record(self) -> Mapping[str, Any]:
        """Entries of the record of the run beside the usual ones: JSON types."""

    @property
    def last_phase(self) -> str | None:
        """Phase whose checkpoint tells whether an earlier run here can be gone on with; None for a stage of one."""

    def identity(self) -> dict[str, str]:
        """Hashes that decide the outcome beside settings and corpus, such as one of the weights before training."""

    def train(self, run: StageRun, /) -> StageOutcome:
        """Train; goes on where an interrupted run of the same key was."""


class Stage(Protocol[ConfigT]):
    """One step by which a model grows; an entry of `training.STAGES` is a subclass of this without arguments.

    An entry must be importable without torch: the command line reads `summary` and `Config` for its help.
    """

    name: ClassVar[str]
    """As in "pretrain-image": its folder below `training/`, and with spaces for dashes its command."""

    summary: ClassVar[str]
    """One line of help."""

    part: ClassVar[str]
    """Part of the model directory that it writes."""

    Config: ClassVar[type[StageSettings]]
    Result: ClassVar[type[StageResult]]

    def make_prerequisites(
        self,
        corpus: "Corpus",  # noqa: ARG002 - for the stages that build on a part
        model: "ModelDirectory",  # noqa: ARG002
        *,
        progress: Progress | None,  # noqa: ARG002
    ) -> Sequence[str]:
        """Make the parts that the stage builds on where they are missing; returns notes of that. Makes nothing here."""
        return ()

    def prepare(self, corpus: "Corpus", model: "ModelDirectory", config: ConfigT) -> StageJob:
        """Find the data, build the module and resolve the settings.

        Raises:
            TrainingError: nothing to learn from.
            WeightsError: no such pretrained weights.
            UsageError: settings that make no sense together.
        """
