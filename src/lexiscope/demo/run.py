"""`run_demo`: source -> corpus -> pretrained, aligned and taught model -> search, classes, answers -> `report.html`."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.core.files import write_json
from lexiscope.core.progress import Progress
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.store import Corpus
from lexiscope.demo import page
from lexiscope.demo.learning import classification, classified, pretrain_briefly, train_assistant, write_turns
from lexiscope.demo.questions import Question, own_questions, simulated_questions, stated_attributes
from lexiscope.demo.speaking import speak
from lexiscope.evaluate.report.page import Gallery, Step, write_report
from lexiscope.evaluate.search.agreement import attribute_agreement, categorical_attributes
from lexiscope.evaluate.search.evaluate import evaluate_search
from lexiscope.models.directory import ModelDirectory
from lexiscope.simulate.brain import SimulatedSource
from lexiscope.sources import SOURCES, Source, detect_source
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.tasks.search.search import Searcher, SearchRequest
from lexiscope.training.align.align import align
from lexiscope.training.align.config import IMAGE_TOWER, AlignConfig

Say: TypeAlias = Callable[[str], None]

_SPLIT = "test"
_QUESTIONS, _HITS = 6, 6
# Small pictures: a quarter of the time of full size, and lesions of a centimetre still cover a patch.
_RECIPE = AlignConfig(size=112)


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo made and measured.

    Args:
        report: The page.
        search: As `evaluate_search` returns it.
        agreement: As `attribute_agreement` returns it; None where cases have no attributes to compare.
        questions: Words, how many of the cases shown are right, how many were shown, and the share a guess would get.
        classification: As `evaluate_classification` returns it; None without an attribute that is a class.
        answers: As `evaluate_answers` returns it; None where nothing could be asked.
    """

    report: Path
    corpus: Path
    model: Path
    cases: int
    seconds: float
    steps: tuple[Step, ...]
    search: dict[str, Any]
    agreement: dict[str, Any] | None
    questions: tuple[dict[str, Any], ...]
    classification: dict[str, Any] | None
    answers: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        paths = {name: str(getattr(self, name)) for name in ("report", "corpus", "model")}
        return {**asdict(self), **paths}


def run_demo(
    out: Path | str = "lexiscope-demo",
    *,
    data: Path | str | None = None,
    visits: int = 260,
    seed: int = 0,
    config: AlignConfig = _RECIPE,
    say: Say | None = None,
    progress: Progress | None = None,
) -> DemoResult:
    """Run every step and write `OUT/report.html`. The same command again goes on where it stopped.

    Args:
        out: Folder for the corpus, the model and the page.
        data: A folder or file that a source reads; None simulates a cohort of brain visits.
        visits: Of the simulated cohort.
        say: Told one line after each step.

    Raises:
        UsageError: `data` is nothing that a source reads, or `out` belongs to another demo.
        SourceError, WeightsError: a package with the template or the weights is not installed.
        LeakageError: training and test cases of `data` overlap.
    """
    started = time.monotonic()
    out = Path(out)
    story = _Story(say)
    source = SimulatedSource(visits=visits, seed=seed) if data is None else _source_of(Path(data))
    asked = {"visits": visits} if data is None else {"data": str(Path(data).resolve())}
    _claim(out, {"source": source.name, "seed": seed, **asked})
    corpus = _build(out / "corpus", source, story, progress)
    with story.step("Write") as step:
        step.outcome = write_turns(corpus, progress=progress)
    with story.step("Pretrain") as step:
        step.outcome = pretrain_briefly(corpus, out / "pretrained", progress=progress)
    model = _train(out / "model", corpus, config, story, progress)
    with story.step("Teach") as step:
        step.outcome = train_assistant(model, corpus, progress=progress)
    with story.step("Index") as step:
        indexed = index_corpus(model, corpus, progress=progress)
        step.outcome = f"{indexed.images} cases findable by image, {indexed.texts} by words; filters by attribute"
    cases = list(corpus)
    searched = [case for case in cases if case.split == _SPLIT and case.images]
    with story.step("Search") as step:
        ask = simulated_questions if data is None else own_questions
        galleries = _search(model, corpus, ask(searched, n=_QUESTIONS), searched)
        right, shown = sum(g.right for g in galleries), sum(len(g.shown) for g in galleries)
        step.outcome = f"{len(galleries)} questions in words; {right} of {shown} cases shown are right"
    with story.step("Evaluate") as step:
        search = evaluate_search(model, corpus, split=_SPLIT, seed=seed, progress=progress)
        compared = categorical_attributes(searched) if data is None else stated_attributes(searched)
        agreement = _agreement(model, corpus, compared, seed)
        recall = search["metrics"]["text_to_image"]["recall@10"]
        step.outcome = f"recall@10 {recall['value']:.2f} on {search['n']} held-out cases; chance {recall['chance']:.2f}"
    with story.step("Classify") as step:
        attribute = compared[0] if data is not None and compared else "kind" if data is None else None
        classes = classification(model, corpus, attribute, split=_SPLIT, seed=seed, progress=progress)
        step.outcome = classified(classes)
    with story.step("Answer") as step:
        spoken = speak(model, corpus, searched, split=_SPLIT, seed=seed, progress=progress)
        step.outcome = spoken.outcome
    findings = page.Findings(
        data=None if data is None else "/".join(Path(data).resolve().parts[-2:]),
        cases=cases,
        corpus=corpus,
        model=model,
        config=config,
        seed=seed,
        steps=tuple(story.steps),
        galleries=tuple(galleries),
        search=search,
        agreement=agreement,
        classification=classes,
        spoken=spoken,
        seconds=time.monotonic() - started,
    )
    write_report(out / "report.html", page.compose(findings))
    return DemoResult(
        report=out / "report.html",
        corpus=corpus.path,
        model=model.path,
        cases=len(cases),
        seconds=findings.seconds,
        steps=findings.steps,
        search=search,
        agreement=agreement,
        questions=tuple(
            {"query": g.query, "right": g.right, "shown": len(g.shown), "chance": g.chance} for g in galleries
        ),
        classification=classes,
        answers=spoken.measured,
    )


def _build(path: Path, source: Source, story: "_Story", progress: Progress | None) -> Corpus:
    with story.step("Simulate" if isinstance(source, SimulatedSource) else "Read") as step:
        report = build_corpus(path, source, progress=progress)
        corpus = Corpus.open(path)
        if not corpus.count(_SPLIT):
            from lexiscope.corpus.splits import split_corpus

            split_corpus(corpus)
        images = ", ".join(f"{count} {name}" for name, count in report.images.items())
        rejected = f", {report.rejected} inputs rejected" if report.rejected else ""
        step.outcome = f"{report.cases} cases{rejected}; images: {images}"
    return corpus


def _train(
    path: Path, corpus: Corpus, config: AlignConfig, story: "_Story", progress: Progress | None
) -> ModelDirectory:
    with story.step("Align") as step:
        result = align(corpus, path, config=config, progress=progress)
        step.outcome = (
            f"{result.cases} cases, {result.epochs} epochs; heads over frozen {config.image or IMAGE_TOWER} and MiniLM"
        )
    return ModelDirectory(path)


def _search(
    model: ModelDirectory, corpus: Corpus, questions: Sequence[Question], searched: Sequence[Case]
) -> list[Gallery]:
    """Ask by meaning alone, so that only pictures decide; of a patient with several visits the best is shown."""
    by_id = {case.id: case for case in searched}
    searcher = Searcher.open(model)
    try:
        galleries = []
        for question in questions:
            request = SearchRequest(query=question.words, k=len(searched), where=(f"split={_SPLIT}",), text_weight=0.0)
            hits = searcher.predict(None, request).value
            best = {hit["group"]: hit for hit in reversed(hits) if hit["case"] in by_id}
            ranked = sorted(best.values(), key=lambda hit: -hit["score"])[:_HITS]
            found = [(by_id[hit["case"]], hit["score"]) for hit in ranked]
            galleries.append(page.gallery(question, found, searched=searched, corpus=corpus))
    finally:
        searcher.close()
    return galleries


def _agreement(model: ModelDirectory, corpus: Corpus, attributes: Sequence[str], seed: int) -> dict[str, Any] | None:
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


def _claim(out: Path, asked: dict[str, Any]) -> None:
    """Refuse to mix two demos in one folder."""
    mark = out / "demo.json"
    if mark.is_file():
        import json

        if json.loads(mark.read_text(encoding="utf-8")) != asked:
            raise UsageError(f"{out} holds a demo of other data or settings; give another folder with --out")
        return
    write_json(mark, asked)


@dataclass
class _Running:
    name: str
    outcome: str = ""


@dataclass
class _Story:
    """The steps done so far, each told as it ends."""

    say: Say | None
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[_Running]:
        started, running = time.monotonic(), _Running(name)
        yield running
        done = Step(name, running.outcome, time.monotonic() - started)
        self.steps.append(done)
        if self.say is not None:
            self.say(f"{done.name:<9} {done.outcome}  ({done.seconds:.1f} s)")
