"""Steps of the demo that write and learn beside aligning, and classification, each told in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import torch

from lexiscope.core.errors import LexiscopeError, TrainingError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.demo.measuring import report_or_none
from lexiscope.evaluate.report.report import Report
from lexiscope.features.token_store import compute_tokens
from lexiscope.language.conversations.write import write_conversations
from lexiscope.language.instructions.write import write_instructions
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.directory import ModelDirectory
from lexiscope.training.align.config import AlignConfig
from lexiscope.training.align.job import prepare_alignment
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.instruct.instruct import instruct
from lexiscope.training.pretrain.config import PretrainConfig
from lexiscope.training.pretrain.pretrain import pretrain
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.segment import train_segmenter

_Arguments = ParamSpec("_Arguments")

# Minutes on two cores: what a demo can show, not what a lab should run.
_PRETRAINING = PretrainConfig(objective="simclr", epochs=6, slices=2, batch=32)
_TEACHING = InstructConfig(epochs=3, reranker_epochs=1, batch=32, side=2, slices=1, evidence=1, per_case=3)


def _or_why_not(
    nothing: str, error: type[LexiscopeError]
) -> Callable[[Callable[_Arguments, str]], Callable[_Arguments, str]]:
    """A step that says why it could not be done: small cohorts lack something for one step or another."""

    def told(step: Callable[_Arguments, str]) -> Callable[_Arguments, str]:
        @wraps(step)
        def run(*given: _Arguments.args, **named: _Arguments.kwargs) -> str:
            try:
                return step(*given, **named)
            except error as why:
                return f"{nothing}: {why}"

        return run

    return told


@_or_why_not("no questions", UsageError)
def write_turns(corpus: Corpus, *, progress: Progress | None) -> str:
    """Write questions and answers from what is known of each case, by rules."""
    report = write_conversations(corpus, progress=progress)
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items())
    return f"{report.turns} questions with answers about {report.cases} cases ({kinds})"


@_or_why_not("no instructions", UsageError)
def write_sentences(corpus: Corpus, *, progress: Progress | None) -> str:
    """Write what to look for in each case, measured on its images; its own mask never tells."""
    report = write_instructions(corpus, progress=progress)
    seen = ", ".join(f"{name} seen clearly in {counts.get('clear', 0)}" for name, counts in report.structures.items())
    return f"{report.instructions} instructions about {report.cases} cases, measured without their masks; {seen}"


@_or_why_not("not enough pictures", TrainingError)
def pretrain_briefly(corpus: Corpus, out: Path, *, progress: Progress | None) -> str:
    """Train a small tower on the pictures alone, beside the model: a few passes show that the loss falls."""
    result = pretrain(corpus, out, config=_PRETRAINING, progress=progress)
    loss, chance = result.validation.get("loss", result.loss), result.validation.get("chance", result.chance)
    if loss is None or chance is None:
        return "no finite step"
    seen = f"{result.rows} pictures without words, {result.epochs} passes"
    return f"{seen}; {result.objective} loss {loss:.2f}, chance {chance:.2f}"


def see_once(model: ModelDirectory, corpus: Corpus, config: AlignConfig, *, progress: Progress | None) -> int:
    """Let the image tower look at every case once, for aligning, teaching, indexing and measuring; returns the cases.

    What is read is kept beside the corpus under the tower and the views that aligning will take.
    """
    job = prepare_alignment(corpus, model, config)
    cases = [case for case in corpus if job.data.views.keys() & case.images.keys()]
    plan = TokenPlan(_TEACHING.level, _TEACHING.side, _TEACHING.slices)
    compute_tokens(job.space.image, corpus, cases=cases, views=job.data.views, plan=plan, progress=progress)
    return len(cases)


@_or_why_not("nothing to teach", TrainingError)
def train_assistant(model: ModelDirectory, corpus: Corpus, *, progress: Progress | None) -> str:
    """Train a small decoder from scratch and a re-ranker of evidence to answer and to describe."""
    result = instruct(corpus, model.path, config=_TEACHING, progress=progress)
    examples = sum(result.examples.values())
    loss = "" if result.loss is None else f"; loss a word {result.loss:.2f}, chance {result.chance:.2f}"
    return f"{examples} questions and captions, {result.epochs} passes, {result.trained / 1e6:.1f} M weights{loss}"


@_or_why_not("nothing to outline", TrainingError)
def train_outlines(model: ModelDirectory, corpus: Corpus, config: SegmentConfig, *, progress: Progress | None) -> str:
    """Train a small segmenter to outline what a sentence names."""
    with _one_thread():  # layers this small take longer on two
        result = train_segmenter(corpus, model.path, config=config, progress=progress)
    trained = result.parameters["trainable"] / 1e6
    shown = f"{result.cases} cases with masks of {', '.join(result.structures)}; {result.epochs} passes"
    dsc = "" if "dsc" not in result.validation else f"; DSC {result.validation['dsc']:.2f} on val"
    return f"{shown}, {trained:.2f} M weights{dsc}"


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def classification(
    model: ModelDirectory, corpus: Corpus, attribute: str | None, *, split: str, seed: int, progress: Progress | None
) -> Report | None:
    """Measure how well one attribute is told from the pictures; None without one that can be."""
    if attribute is None:
        return None
    return report_or_none(
        model, corpus, task="classify", attribute=attribute, split=split, seed=seed, progress=progress
    )


def classified(report: Report | None) -> str:
    """One-line summary of a classification result for the page."""
    if report is None:
        return "no attribute that is a class"
    probe, attribute = report.metric("probe_balanced_accuracy"), report.sections["attribute"]
    return f"{attribute}: balanced accuracy {probe.value:.2f} by a probe; chance {probe.chance:.2f}"
