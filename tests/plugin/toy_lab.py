"""A laboratory's package beside lexiscope, as an outsider writes it: one entry for every name table.

Grey pictures whose only property is how bright they are. `tests/test_plugins.py` installs it as a distribution and uses
every entry through the command line. Nothing here is known to lexiscope.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.files import write_json
from lexiscope.core.passage import Passage
from lexiscope.core.prediction import Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Argument, Settings
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Instruction, Subject
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.tasks.task import Task
from lexiscope.testing.fuzz.reader import Reader
from lexiscope.testing.fuzz.tries import read_source
from lexiscope.training.result import StageResult
from lexiscope.training.settings import StageSettings
from lexiscope.training.stage import Stage

if TYPE_CHECKING:
    from lexiscope.corpus import Corpus
    from lexiscope.corpus.part import CorpusPart
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.training.stage import StageOutcome, StageRun


# A source, and an exchange format that writes what it reads.


@dataclass(frozen=True, slots=True)
class ToySource:
    """One case a line of a .toy file: id, group, split and brightness.

    Args:
        path: File that ends in .toy.
        brightest: Brightness above which a picture is called bright.
        remarks: Remark about a picture, added to its caption.
    """

    name: ClassVar[str] = "toy"

    path: Path
    brightest: int = field(default=128, kw_only=True)
    remarks: tuple[str, ...] = field(default=(), kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A file that ends in .toy."""
        return path.suffix == ".toy"

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a line."""
        for line in self.path.read_text().splitlines():
            name, group, split, brightness = line.split()
            value = "bright" if int(brightness) > self.brightest else "dark"
            yield Draft(
                id=name,
                group=group,
                split=split,
                provenance=Provenance("toy", "CC0-1.0", {"line": name}),
                images={"grey": _picture(int(brightness), seed=len(name) + sum(map(ord, name)))},
                texts=(Passage("caption", " ".join([f"Picture {name} is {value}.", *self.remarks])),),
                attributes={"tone": value, "brightness": int(brightness)},
            )


def _read_lines(data: bytes, folder: Path) -> int:
    folder.mkdir()
    path = folder / "pictures.toy"
    path.write_bytes(data)
    return read_source(ToySource(path))


FUZZED = Reader(read=_read_lines, seeds=lambda: (b"p1 g1 train 10\np2 g2 val 200\n",))


def _picture(brightness: int, *, seed: int) -> ImageFile:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(seed).integers(-9, 10, (8, 8))
    coarse = np.clip(brightness + noise, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(coarse).resize((32, 32), Image.Resampling.BICUBIC).save(stream, "PNG")
    return ImageFile(Encoded(stream.getvalue(), ".png"))


def __getattr__(name: str) -> Any:
    """What needs torch or numpy to be declared, made when it is asked for."""
    if name == "FORM":
        from lexiscope.corpus.exchange.form import Form

        return Form(write=_write_lines, source=ToySource)
    if name in (
        "ToyView",
        "ToyTower",
        "ToyStore",
        "ToyObjective",
        "ToyImageObjective",
        "ToyTextObjective",
        "ToyLabelObjective",
    ):
        import toy_lab_arrays

        return getattr(toy_lab_arrays, name)
    raise AttributeError(name)


def _write_lines(corpus: "Corpus", out: Path, progress: Progress | None) -> Any:
    from lexiscope.corpus.exchange.form import ExportReport

    lines = [f"{case.id} {case.group} {case.split} {case.attributes['brightness']}" for case in corpus]
    out.write_text("\n".join(lines) + "\n")
    return ExportReport(cases=len(lines), left_behind={"texts": len(lines)})


# A part of a model, the stage that makes it, the task that uses it, and the writer of texts.


@dataclass(frozen=True)
class Threshold:
    """Brightness that parts dark from bright pictures, and the views that they are read with."""

    value: float
    views: Mapping[str, Any]


class ToyPart:
    """Part of a model directory: one number."""

    name: ClassVar[str] = "toy"
    command: ClassVar[str] = "lexiscope train toy CORPUS --out {path}"
    built_on: ClassVar[str | None] = None

    def save(self, content: Threshold, folder: Path) -> None:
        """Write the number and the views."""
        from lexiscope.models.parts.files import save_views

        write_json(folder / "config.json", {"threshold": content.value})
        save_views(content.views, folder)

    def load(self, folder: Path) -> Threshold:
        """Read the number and the views."""
        from lexiscope.models.parts.files import load_views, read_json

        return Threshold(read_json(folder / "config.json")["threshold"], load_views(folder))

    def section(self, folder: Path, record: Mapping[str, Any]) -> Any:
        """Section of the model card."""
        from lexiscope.models.card import CardSection

        return CardSection("Toy", "toy", "Tells dark from bright.", record=record, views=self.load(folder).views)


class ToyConfig(StageSettings):
    """Choices of `train toy`.

    Args:
        between: Share of the way from the darkest to the brightest picture at which bright begins.
        seed: Seed; nothing here is random.
    """

    between: float = 0.5
    seed: int = 0


class ToyStage(Stage[ToyConfig]):
    """Learns where bright begins."""

    name: ClassVar[str] = "toy"
    summary: ClassVar[str] = "Learn where bright begins."
    part: ClassVar[str] = "toy"
    Config: ClassVar[type[StageSettings]] = ToyConfig
    Result: ClassVar[type[StageResult]] = StageResult

    def prepare(self, corpus: "Corpus", model: "ModelDirectory", config: ToyConfig) -> "ToyJob":
        """Job over the split that is learned from."""
        from lexiscope.corpus.part import CorpusPart

        return ToyJob(config, CorpusPart.to_learn_from(corpus))


@dataclass(frozen=True)
class ToyJob:
    """One training: reads the brightness of every picture."""

    config: ToyConfig
    part: "CorpusPart"
    notes: Sequence[str] = ("a toy learns from attributes",)
    record: Mapping[str, Any] = field(default_factory=dict)
    last_phase: str | None = None

    def identity(self) -> dict[str, str]:
        """Nothing beside settings and corpus decides the outcome."""
        return {}

    def train(self, run: "StageRun", /) -> "StageOutcome":
        """Put the threshold between the darkest and the brightest picture."""
        import toy_lab_arrays

        from lexiscope.training.loop.loop import Trained
        from lexiscope.training.stage import StageOutcome

        values = [float(case.attributes["brightness"]) / 255 for case in self.part.cases()]
        if run.progress:
            run.progress(len(values), len(values), "pictures")
        value = min(values) + self.config.between * (max(values) - min(values))
        content = Threshold(value, {"grey": toy_lab_arrays.ToyView()})
        return StageOutcome(
            trained=Trained(steps=1, loss=0.25, chance=0.5, best_epoch=None, resumed_at=0),
            validation=None,
            save=lambda model, record: model.save("toy", content, record=record),
            counts={"cases": len(values), "epochs": 1},
        )


class ToySettings(Settings):
    """Choices of opening the toy.

    Args:
        shift: Added to the threshold.
    """

    shift: float = 0.0


class ToyRequest(Settings):
    """A question to the toy.

    Args:
        word: Word to say in front of the answer.
    """

    word: Annotated[str, Argument("WORD")] = "it is"


class ToyInstructionWriter:
    """Writer of instructions that knows the names of structures alone."""

    learns: ClassVar[bool] = False
    author = "toy"
    max_concurrent = 1
    identity = None

    @classmethod
    def open(cls, settings: InstructionSettings, corpus: Any) -> "ToyInstructionWriter":
        """The writer, whatever the settings."""
        return cls()

    def write(self, subject: Subject) -> dict[str, list[Instruction]]:
        """One sentence a structure."""
        return {name: [Instruction(f"Point at the {name}.")] for name in subject.structures}


class ToyTask(Task[ToySettings, ToyRequest]):
    """Say whether a picture is dark or bright.

    One number decides it.
    """

    name: ClassVar[str] = "toy"
    part: ClassVar[str] = "toy"
    Settings = ToySettings
    Request = ToyRequest
    reads_image: ClassVar[bool] = True

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: ToySettings | None = None,
        *,
        progress: Progress | None = None,
    ) -> "ToyTask":
        """Read the number."""
        from lexiscope.models.directory import ModelDirectory

        return cls(ModelDirectory.of(model).load("toy").value + (settings or ToySettings()).shift)

    def predict(self, given: Any, request: ToyRequest, *, progress: Progress | None = None) -> Prediction:
        """Compare the picture's mean with the number."""
        mean = float(given.images.images["grey"].float().mean())
        tone = "bright" if mean > self.threshold else "dark"
        return Prediction("toy", given.name, {"tone": f"{request.word} {tone}", "mean": mean}, score=0.75)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "ToyTask":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ToyWriterSettings(Settings):
    """Choices of `write toy`.

    Args:
        sign: Sign at the end of the sentence.
    """

    sign: str = "."


@dataclass(frozen=True)
class ToyReport:
    """Count of what was written."""

    cases: int
    failed: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"cases": self.cases}

    def lines(self) -> list[str]:
        """Lines for a person."""
        return [f"{self.cases} cases have a toy's sentence"]


class ToyWriter:
    """Write how bright each picture is."""

    name: ClassVar[str] = "toy"
    Settings = ToyWriterSettings

    @classmethod
    def write(
        cls,
        corpus: "Corpus | Path | str",
        settings: ToyWriterSettings,
        *,
        progress: Progress | None = None,
    ) -> ToyReport:
        """Write how bright each picture is, in one sentence."""
        from lexiscope.corpus import Corpus

        opened = Corpus.of(corpus)
        with opened.writing():
            opened.upsert([_described(case, settings.sign) for case in list(opened)])
        return ToyReport(len(opened))


def _described(case: Any, sign: str) -> Any:
    text = Passage("caption", f"Its brightness is {case.attributes['brightness']}{sign}", author="toy")
    return replace(case, texts=(*case.texts, text))


# A language model, which says what conversations are made of, and a judge.


class ToyClient:
    """A language model that always says the same."""

    name = "toy-model"
    max_concurrent = 1
    identity: Mapping[str, Any] = {"model": "toy"}

    @classmethod
    def open(cls, settings: Any) -> "ToyClient":
        """Client; there is nothing to choose."""
        return cls()

    def complete(self, messages: Sequence[Any], settings: Any) -> Any:
        """One question about the tone, with its sentence."""
        from lexiscope.language.clients.client import Completion

        words = " ".join(message.text for message in messages)
        tone = "bright" if "is bright" in words else "dark"
        turn = {"question": "Which tone has the picture?", "answer": tone}
        return Completion(json.dumps({"turns": [turn]}))


@dataclass(frozen=True)
class ToyJudge:
    """A judge that likes everything."""

    name: str = "toy"
    author: str | None = None
    draws: int = 2
    limit: int = 3

    def scores(self, answers: Sequence[Any], *, progress: Progress | None = None) -> list[Any]:
        """The same score for each."""
        from lexiscope.evaluate.judges.judge import JudgeScore

        return [JudgeScore(77.0, 4 if answer.features else None) for answer in answers]


def open_judge(options: Any) -> ToyJudge:
    """The judge; there is nothing to choose."""
    return ToyJudge()


class ToyOptions(Settings):
    """Choices of `evaluate toy`.

    Args:
        shift: Added to the threshold.
    """

    shift: float = 0.0


class ToyEvaluation:
    """Share of pictures whose tone is told right, beside calling all of them dark."""

    name: ClassVar[str] = "toy"
    Options = ToyOptions
    rule: ClassVar[str] = "Accuracy is the share of pictures whose tone is right; chance is one half."
    near_spared: ClassVar[float] = 0.0

    @classmethod
    def open(cls, context: Any, options: ToyOptions) -> "OpenToy":
        """The task with its model."""
        return OpenToy(context, ToyTask.open(context.model, ToySettings(shift=options.shift)))


@dataclass(frozen=True)
class OpenToy:
    """The evaluation with its model."""

    context: Any
    task: ToyTask
    learned_from: None = None

    def items(self, measured: Any) -> list[Any]:
        """Every case."""
        return list(measured.cases())

    def answers(self, items: list[Any]) -> list[str]:
        """Tone of each case."""
        from lexiscope.tasks.inputs import read_input

        views, corpus = self.context.model.views("toy"), self.context.corpus
        inputs = [read_input(case.id, views=views, corpus=corpus) for case in items]
        return [self.task.predict(given, ToyRequest()).value["tone"].split()[-1] for given in inputs]

    def baselines(self, items: list[Any], answers: list[str]) -> dict[str, list[str]]:
        """Dark, whatever is seen."""
        return {"all_dark": ["dark"] * len(items)}

    def measure(self, items: list[Any], answers: list[str], baselines: Mapping[str, list[str]]) -> Any:
        """Accuracy by group."""
        import numpy as np

        from lexiscope.evaluate.evaluation import Measurements
        from lexiscope.evaluate.measure import Measure

        measure = Measure([case.group for case in items], seed=self.context.seed, resamples=self.context.resamples)

        def metrics(tones: list[str]) -> dict[str, Any]:
            right = [float(tone == case.attributes["tone"]) for tone, case in zip(tones, items, strict=True)]
            return {"accuracy": measure.mean(np.array(right), chance=0.5)}

        others = {name: metrics(tones) for name, tones in baselines.items()}
        return Measurements.about(items, metrics(answers), baselines=others, verdicts=("The toy sees.",))
