"""`run_demo`: source -> corpus -> pretrained, aligned, tuned model -> search, classes, answers, outlines -> a page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.core.files import write_json
from lexiscope.core.progress import Progress
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.splits import split_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.demo.answers import speak
from lexiscope.demo.interpreting import interpret_briefly
from lexiscope.demo.outlines import Outline, outline
from lexiscope.demo.page import Findings, compose, gallery
from lexiscope.demo.questions import Question, own_questions, simulated_questions, stated_attributes
from lexiscope.demo.steps import Say, Steps
from lexiscope.demo.training import (
    classification,
    classified,
    pretrain_briefly,
    see_once,
    train_assistant,
    train_outlines,
    write_sentences,
    write_turns,
)
from lexiscope.evaluate.report.page import Gallery, Step, write_page
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.run import evaluate_model
from lexiscope.evaluate.search.agreement import Agreement, attribute_agreement, categorical_attributes
from lexiscope.interpret.interpretation import Interpretation
from lexiscope.models.directory import ModelDirectory
from lexiscope.simulate.brain import SimulatedSource
from lexiscope.sources import SOURCES, Source, detect_source
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.tasks.search.search import Searcher, SearchRequest
from lexiscope.training.align.align import align
from lexiscope.training.align.config import IMAGE_TOWER, AlignConfig
from lexiscope.training.segment.config import SegmentConfig

_SPLIT = "test"
_QUESTIONS, _HITS = 6, 6
# Small pictures: a quarter of the time of full size, and lesions of a centimetre still cover a patch.
_RECIPE = AlignConfig(image="dinov2-small-focus", size=112)  # the same demo on every machine
# Eighteen hundred steps in under two minutes of one processor: at 3 mm, in windows small enough that a lesion fills a
# part of them; with fewer, oedema is not found yet. No slice is seen so often that it needs variants. Images of users
# keep their own spacing.
_OUTLINING = SegmentConfig(
    fusion="early",
    dims=2,
    spacing=(3.0, 3.0),
    window=(48, 48),
    width=8,
    windows=2400,
    epochs=3,
    batch=4,
    lr=3e-3,
    foreground=0.9,
    absent=0.1,
    modality_dropout=0.1,
    agreement=0,
    augment=False,
)


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Everything that the demo made and measured.

    Args:
        report: The page.
        corpus: Corpus directory.
        model: Model directory.
        cases: Number of cases read.
        seconds: Seconds from start to page.
        steps: Steps in their order.
        search: Report of search.
        agreement: Agreement of cases found with what the words say; None where cases have no attributes to compare.
        questions: Words, how many of the cases shown are right, how many were shown, and the share a guess would get.
        classification: Report of classification; None without an attribute that is a class.
        answers: Report of answers; None where nothing could be asked.
        captions: Report of captions; None where nothing could be described.
        segmentation: Report of segmentation; None where nothing could be outlined.
        outlines: Structures asked for in single cases, with what was found.
        interpretation: How the model uses its inputs; None where nothing could be interpreted.
    """

    report: Path
    corpus: Path
    model: Path
    cases: int
    seconds: float
    steps: tuple[Step, ...]
    search: Report
    agreement: Agreement | None
    questions: tuple[dict[str, Any], ...]
    classification: Report | None
    answers: Report | None
    captions: Report | None
    segmentation: Report | None
    outlines: tuple[Outline, ...]
    interpretation: Interpretation | None

    @classmethod
    def of(cls, page: Path, findings: Findings) -> "DemoResult":
        """Result of a demo whose page is written."""
        return cls(
            report=page,
            corpus=findings.corpus.path,
            model=findings.model.path,
            cases=len(findings.cases),
            seconds=findings.seconds,
            steps=findings.steps,
            search=findings.search,
            agreement=findings.agreement,
            questions=tuple(
                {"query": one.query, "right": one.right, "shown": len(one.shown), "chance": one.chance}
                for one in findings.galleries
            ),
            classification=findings.classification,
            answers=findings.answers.measured,
            captions=findings.answers.described,
            segmentation=findings.outlines.measured,
            outlines=findings.outlines.outlines,
            interpretation=findings.interpretation.made,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        paths = {name: str(getattr(self, name)) for name in ("report", "corpus", "model")}
        names = ("search", "agreement", "classification", "answers", "captions", "segmentation", "interpretation")
        results = {name: getattr(self, name) for name in names}
        written = {name: None if one is None else one.to_dict() for name, one in results.items()}
        told = {
            "questions": self.questions,
            "outlines": [one.to_dict() for one in self.outlines],
            "steps": [asdict(step) for step in self.steps],
        }
        return {"cases": self.cases, "seconds": self.seconds, **told, **paths, **written}


def run_demo(
    out: Path | str = "lexiscope-demo",
    *,
    data: Path | str | None = None,
    visits: int = 200,
    seed: int = 0,
    config: AlignConfig = _RECIPE,
    outlining: SegmentConfig | None = None,
    say: Say | None = None,
    progress: Progress | None = None,
) -> DemoResult:
    """Run every step and write `OUT/report.html`. The same command again goes on where it stopped.

    Args:
        out: Folder for the corpus, the model and the page.
        data: A folder or file that a source reads; None simulates a cohort of brain visits.
        visits: Number of visits of the simulated cohort.
        seed: Seed of the simulated cohort and of all measurements.
        config: Settings of aligning.
        outlining: Settings of the segmenter; a short training when None.
        say: Called with one line after each step.
        progress: Called with what is done.

    Raises:
        UsageError: `data` is nothing that a source reads, or `out` belongs to another demo.
        SourceError, WeightsError: a package with the template or the weights is not installed.
        LeakageError: training and test cases of `data` overlap.
    """
    out, steps = Path(out), Steps(say)
    source = SimulatedSource(visits=visits, seed=seed) if data is None else _source_of(Path(data))
    settings = {"visits": visits} if data is None else {"data": str(Path(data).resolve())}
    _claim(out, {"source": source.name, "seed": seed, **settings})
    outlining = outlining or (_OUTLINING if data is None else _OUTLINING.model_copy(update={"spacing": None}))
    demo = _Demo(out, None if data is None else Path(data), seed, config, outlining, steps, progress)
    corpus = demo.build(source)
    findings = demo.measure(corpus, demo.learn(corpus))
    write_page(out / "report.html", compose(findings))
    return DemoResult.of(out / "report.html", findings)


@dataclass(frozen=True, slots=True)
class _Demo:
    """One demo: where it writes, what it reads, how it learns."""

    out: Path
    data: Path | None
    seed: int
    config: AlignConfig
    outlining: SegmentConfig
    steps: Steps
    progress: Progress | None

    def build(self, source: Source) -> Corpus:
        """Read the cases, split them, and write questions about them and what to outline in them."""
        path = self.out / "corpus"
        with self.steps.step("Simulate" if self.data is None else "Read") as step:
            report = build_corpus(path, source, progress=self.progress)
            corpus = Corpus.open(path)
            if not corpus.count(_SPLIT):
                split_corpus(corpus)
            images = ", ".join(f"{count} {name}" for name, count in report.images.items())
            rejected = f", {report.rejected} inputs rejected" if report.rejected else ""
            step.outcome = f"{report.cases} cases{rejected}; images: {images}"
        with self.steps.step("Write") as step:
            step.outcome = write_turns(corpus, progress=self.progress)
        with self.steps.step("Instruct") as step:
            step.outcome = write_sentences(corpus, progress=self.progress)
        return corpus

    def learn(self, corpus: Corpus) -> ModelDirectory:
        """Pretrain a tower, align image and text, teach an assistant and a segmenter, index the cases."""
        with self.steps.step("Pretrain") as step:
            step.outcome = pretrain_briefly(corpus, self.out / "pretrained", progress=self.progress)
        model = ModelDirectory(self.out / "model")
        with self.steps.step("See") as step:
            seen = see_once(model, corpus, self.config, progress=self.progress)
            step.outcome = f"{seen} cases read by the image tower, once for all that follows"
        with self.steps.step("Align") as step:
            aligned = align(corpus, model.path, config=self.config, progress=self.progress)
            heads = f"heads over frozen {self.config.image or IMAGE_TOWER} and MiniLM"
            step.outcome = f"{aligned.cases} cases, {aligned.epochs} epochs; {heads}"
        with self.steps.step("Teach") as step:
            step.outcome = train_assistant(model, corpus, progress=self.progress)
        with self.steps.step("Segment") as step:
            step.outcome = train_outlines(model, corpus, self.outlining, progress=self.progress)
        with self.steps.step("Index") as step:
            indexed = index_corpus(model, corpus, progress=self.progress)
            step.outcome = f"{indexed.images} cases findable by image, {indexed.texts} by words; filters by attribute"
        return model

    def measure(self, corpus: Corpus, model: ModelDirectory) -> Findings:
        """Search in words, measure search, classes, answers and outlines on held-out cases, and interpret them."""
        cases = list(corpus)
        searched = [case for case in cases if case.split == _SPLIT and case.images]
        with self.steps.step("Search") as step:
            choose = simulated_questions if self.data is None else own_questions
            galleries = _search(model, corpus, choose(searched, n=_QUESTIONS), searched)
            right, shown = sum(one.right for one in galleries), sum(len(one.shown) for one in galleries)
            step.outcome = f"{len(galleries)} questions in words; {right} of {shown} cases shown are right"
        attributes = categorical_attributes(searched) if self.data is None else stated_attributes(searched)
        with self.steps.step("Evaluate") as step:
            search = evaluate_model(model, corpus, task="search", split=_SPLIT, seed=self.seed, progress=self.progress)
            agreement = _agreement(model, corpus, attributes, self.seed)
            recall = search.metric("text_to_image", "recall@10")
            step.outcome = f"recall@10 {recall.value:.2f} on {search.n} held-out cases; chance {recall.chance:.2f}"
        with self.steps.step("Classify") as step:
            attribute = "kind" if self.data is None else next(iter(attributes), None)
            classes = classification(model, corpus, attribute, split=_SPLIT, seed=self.seed, progress=self.progress)
            step.outcome = classified(classes)
        with self.steps.step("Answer") as step:
            answers = speak(model, corpus, searched, split=_SPLIT, seed=self.seed, progress=self.progress)
            step.outcome = answers.outcome
        with self.steps.step("Outline") as step:
            outlines = outline(model, corpus, searched, split=_SPLIT, seed=self.seed, progress=self.progress)
            step.outcome = outlines.outcome
        with self.steps.step("Interpret") as step:
            interpretation = interpret_briefly(model, corpus, split=_SPLIT, seed=self.seed, progress=self.progress)
            step.outcome = interpretation.outcome
        return Findings(
            data=None if self.data is None else "/".join(self.data.resolve().parts[-2:]),
            cases=cases,
            corpus=corpus,
            model=model,
            config=self.config,
            seed=self.seed,
            steps=tuple(self.steps.done),
            galleries=tuple(galleries),
            search=search,
            agreement=agreement,
            classification=classes,
            answers=answers,
            outlines=outlines,
            interpretation=interpretation,
            seconds=self.steps.seconds,
        )


def _search(
    model: ModelDirectory, corpus: Corpus, questions: Sequence[Question], searched: Sequence[Case]
) -> list[Gallery]:
    """Pictures alone decide, whatever is written of the cases; of a patient with several visits the best is shown."""
    by_id = {case.id: case for case in searched}
    searcher = Searcher.open(model)
    try:
        galleries = []
        for question in questions:
            request = SearchRequest(query=question.words, k=len(searched), where=(f"split={_SPLIT}",), legs=("image",))
            hits = searcher.predict(None, request).value
            best = {hit["group"]: hit for hit in reversed(hits) if hit["case"] in by_id}
            ranked = sorted(best.values(), key=lambda hit: -hit["score"])[:_HITS]
            shown = [(by_id[hit["case"]], hit["score"]) for hit in ranked]
            galleries.append(gallery(question, shown, searched=searched, corpus=corpus))
    finally:
        searcher.close()
    return galleries


def _agreement(model: ModelDirectory, corpus: Corpus, attributes: Sequence[str], seed: int) -> Agreement | None:
    if not attributes:
        return None
    try:
        return attribute_agreement(model, corpus, split=_SPLIT, attributes=attributes, seed=seed)
    except EvaluationError:
        return None  # a test split of one group has nobody to compare with


def _source_of(path: Path) -> Source:
    """The source that reads `path`; a folder of cases may have its table beside it under the same name."""
    name = detect_source(path)
    table = path.with_suffix(".csv")
    options = {"table": table} if name == "nifti" and table.is_file() else {}
    source: Source = SOURCES.load(name)(path, **options)
    return source


def _claim(out: Path, settings: Mapping[str, Any]) -> None:
    """Refuse to mix two demos in one folder."""
    mark = out / "demo.json"
    if mark.is_file():
        import json

        if json.loads(mark.read_text(encoding="utf-8")) != settings:
            raise UsageError(f"{out} holds a demo of other data or settings; give another folder with --out")
        return
    write_json(mark, dict(settings))
