"""How well a model interprets images: GlassLLaVA's four scores, beside what needs no image, by level of context."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.answering.examples import InstructionExample
from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Turn
from lexiscope.corpus import Corpus
from lexiscope.evaluate.answer.baselines import random_answers
from lexiscope.evaluate.assistant.baselines import text_only_answers, untuned_answers
from lexiscope.evaluate.assistant.items import ContextualQuestion, draw_turns, find_turns, items_of
from lexiscope.evaluate.assistant.judging import judge_reports, other_marks, some_marks, write_answers
from lexiscope.evaluate.assistant.measure import AssistantMeasure, ScoredAnswer
from lexiscope.evaluate.assistant.prompt_variants import checked, measure_prompt_variants, read_prompt_variants
from lexiscope.evaluate.assistant.runs import AssistantRuns
from lexiscope.evaluate.assistant.similarity import similarity
from lexiscope.evaluate.assistant.verdict import verdict
from lexiscope.evaluate.judges.agree import agreement
from lexiscope.evaluate.judges.choose import DEFAULT, JudgeOptions, open_judge, require_impartial
from lexiscope.evaluate.judges.judge import Judge, JudgedAnswer, JudgeScore
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.statistics import RESAMPLES
from lexiscope.language.text.context import LEVELS
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer

RULE = (
    "Our own definitions; GlassLLaVA's prompts, rubrics and data are not public, and no number compares with its. "
    "Overall quality (0 to 100) and feature identification (1 none, 2 some, 3 most, 4 all and nothing wrong) are the "
    "judge's; the judge 'rules' compares what answer and reference state, by the lexicon that the template writer asks "
    "with. Defect accuracy: yes or no as in the reference. Context sensitivity: mean quality with full context less "
    "that with none, on the same questions. Contexts never hold the sentences that an answer rests on, nor others that "
    "name the same things. Features are asked for by turns that list what is seen or describe it. Chance answers are "
    "drawn from those learned from, of the same kind of question. text_only is fitted on questions and contexts "
    "learned from; language_model_untuned reads the context and sees no image. Intervals: 95 % bootstrap over groups."
)
_EXAMPLES = 8


def evaluate_assistant(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    split: str = "test",
    accept_leak: str | None = None,
    most: int | None = None,
    judge: str = DEFAULT,
    judge_options: JudgeOptions | None = None,
    sheet: Path | None = None,
    sheet_out: Path | None = None,
    wordings: Sequence[str] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure what a model says about the images of one split, at each level of context, with baselines.

    Args:
        split: Any split name of the corpus.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        most: Ask at most so many of the turns, each at three levels of context, drawn by the seed evenly from every
            kind and level; None takes what the judge can mark in reasonable time.
        judge: Who marks: "rules" (offline), "local" or "endpoint" (a language model), or of an installed package.
        judge_options: What the judge is given, and whose words are used.
        sheet: A sheet that somebody filled, as a second judge.
        sheet_out: Where to write the model's answers as a sheet to be filled.
        wordings: Instructions around a yes-or-no question, each with "{question}"; those of the words when None.
        seed: Of the turns drawn, chance answers, shuffles, the order of the sheet and the bootstrap.

    Returns:
        JSON types: task, split, n, metrics, similarity, baselines, differences with verdicts in words, judges and
        their agreement, wordings, audit, and what is needed to repeat it. Each of the four metrics is {"value", "low",
        "high", "chance", "n", "by_level", "by_context"}; all are None where the split asks nothing of the kind.

    Raises:
        EvaluationError: the split has no questions about images that the model reads, or a sheet cannot be used.
        LeakageError: training shares what it must not share with the split.
        UsageError: the judge wrote the turns, or is the model that answers.
        ModelError: no assistant, or what it was taught on is gone.
    """
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    options = judge_options or JudgeOptions()
    options = replace(options, kept=options.kept or corpus.path)
    lexicon, marker = Lexicon.load(options.prompts), open_judge(judge, options)
    instructions = checked(list(wordings)) if wordings is not None else read_prompt_variants(options.prompts)
    answerer = Answerer.open(model, progress=progress)
    measured = MeasuredSplit.of(model, corpus, split, accept_leak=accept_leak, learned_from=answerer.cases.part)
    turns = _turns(model, measured)
    authors = Counter(turn.author for _, turn in turns)
    require_impartial(marker, authors=authors, judged=_names(answerer))
    learned = find_turns(answerer.cases.part.corpus.cases(answerer.cases.part.split), modalities=list(model.views()))
    if not learned:
        msg = f"expected an assistant that was taught questions, {model.path} was taught none"
        raise EvaluationError(f"{msg}; teach it on a corpus with turns: lexiscope write conversations, train instruct")
    drawn = draw_turns(turns, most=most or marker.most, seed=seed)
    items = items_of(drawn, lexicon=lexicon)
    runs = AssistantRuns.of(model, corpus, answerer, items, progress)
    bench = _Bench(items, runs, marker, lexicon, progress)
    guesses = [
        random_answers(_lessons(learned), [i.example for i in items], seed=seed + n) for n in range(marker.draws)
    ]
    luck = [bench.scored(guess.answers) for guess in guesses]
    measure = AssistantMeasure(items, luck, seed, resamples)
    views = {"assistant": runs.questions, "blank_image": runs.blank(), "shuffled_images": runs.shuffled(seed)}
    given = {name: runs.answers(seen, what=name.replace("_", " ")) for name, seen in views.items()}
    contexts = runs.questions.contexts or ()
    given["text_only"] = text_only_answers(
        answerer.pipeline.joint, learned, items, contexts, lexicon=lexicon, seed=seed
    )
    untuned, why = untuned_answers(answerer.pipeline.assistant, items, runs.questions, progress=progress)
    given |= {"language_model_untuned": untuned} if untuned else {}
    scored = {name: bench.scored(answers) for name, answers in given.items()}
    metrics = {name: measure.all(found) for name, found in scored.items()}
    baselines = {name: metrics[name] for name in given if name != "assistant"}
    differences = {name: measure.difference(scored["assistant"], scored[name]) for name in baselines}
    exhibits = bench.exhibits(given["assistant"])
    marks = {marker.name: some_marks(bench.marks(given["assistant"]), marker)}
    marks |= other_marks(marker, exhibits, sheet=sheet, options=options)
    written = write_answers(sheet_out, exhibits, corpus, items, seed)
    return {
        "task": "interpret",
        "split": split,
        "n": len(items),
        "turns": len(drawn),
        "of_turns": len(turns),
        "cases": len({item.case.id for item in items}),
        "groups": len({item.case.group for item in items}),
        "contexts": list(LEVELS),
        "contexts_shortened": runs.shortened,
        "metrics": metrics["assistant"],
        "similarity": similarity(measure, answerer.pipeline.joint.text, given["assistant"], guesses),
        "baselines": baselines,
        "left_out_baselines": {"language_model_untuned": why} if why else {},
        "differences": differences,
        "verdicts": [
            verdict(differences[name], metrics["assistant"], metrics[name], than=name.replace("_", " "))
            for name in baselines
        ],
        "judge": marker.name,
        "judges": judge_reports(marks, measure, items, given["assistant"], lexicon, main=marker.name),
        "agreement": agreement(marks, [item.case.group for item in items], seed=seed, resamples=resamples),
        "sheet_lines": written,
        "wordings": measure_prompt_variants(runs, views, wordings=instructions, lexicon=lexicon, seed=seed),
        "examples": _examples(items, given["assistant"], marks[marker.name], contexts),
        "authors": dict(authors),
        "audit": measured.audit,
        "rule": RULE,
        "corpus": corpus.version,
        "model": model.fingerprint,
        "seed": seed,
        "taught_with_seed": model.record("assistant")["seed"],
        "resamples": resamples,
    }


@dataclass(frozen=True)
class _Bench:
    """Lays answers before the judge."""

    items: Sequence[ContextualQuestion]
    runs: AssistantRuns
    judge: Judge
    lexicon: Lexicon
    progress: Progress | None

    def exhibits(self, answers: Sequence[str]) -> list[JudgedAnswer]:
        return [
            JudgedAnswer(
                item.case.id,
                item.turn.question,
                self.runs.questions.context(row),
                answer,
                item.turn.answer,
                item.texts,
                item.features,
            )
            for row, (item, answer) in enumerate(zip(self.items, answers, strict=True))
        ]

    def marks(self, answers: Sequence[str]) -> list[JudgeScore | None]:
        return self.judge.marks(self.exhibits(answers), progress=self.progress)

    def scored(self, answers: Sequence[str]) -> ScoredAnswer:
        return ScoredAnswer.of(self.items, answers, self.marks(answers), self.lexicon)


def _turns(model: ModelDirectory, measured: MeasuredSplit) -> list[tuple[Case, Turn]]:
    found = find_turns(measured.cases(), modalities=list(model.views()))
    if not found:
        msg = f"expected questions about images in split {measured.split!r} of {measured.corpus.path}, found none"
        raise EvaluationError(f"{msg}; write some with: lexiscope write conversations, or name another --split")
    return found


def _lessons(learned: Sequence[tuple[Case, Turn]]) -> list[InstructionExample]:
    return [InstructionExample(case, turn.question, turn.answer, turn.kind) for case, turn in learned]


def _names(answerer: Answerer) -> list[str]:
    """Names under which the language model that answers is known."""
    return [source[key] for source in answerer.pipeline.assistant.config.weights for key in ("name", "origin")]


def _examples(
    items: Sequence[ContextualQuestion],
    answers: Sequence[str],
    marks: Sequence[JudgeScore | None],
    contexts: Sequence[str | None],
) -> list[dict[str, Any]]:
    """Some answers as they are, spread over all, so that a reader sees what the numbers are about."""
    rows = np.unique(np.linspace(0, len(items) - 1, _EXAMPLES).astype(int))
    return [
        {
            "case": items[row].case.id,
            "question": items[row].turn.question,
            "context": contexts[row],
            "at": items[row].at,
            "answer": answers[row],
            "reference": items[row].turn.answer,
            "quality": None if (mark := marks[row]) is None else mark.quality,
        }
        for row in rows
    ]
