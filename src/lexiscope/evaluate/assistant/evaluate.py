"""An assistant measured: four scores of its free answers by level of context, beside what needs no image."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.questions import Questions
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.answer.baselines import random_answers
from lexiscope.evaluate.assistant.baselines import LeftOut, text_only_answers, untuned_answers
from lexiscope.evaluate.assistant.evaluation import AssistantOptions
from lexiscope.evaluate.assistant.items import CaseTurn, ContextualQuestion, draw_turns, find_turns, items_of
from lexiscope.evaluate.assistant.judging import Judging, judge_reports, write_answers
from lexiscope.evaluate.assistant.measure import AssistantMeasure, ScoredAnswer
from lexiscope.evaluate.assistant.notes import assistant_notes
from lexiscope.evaluate.assistant.prompt_variants import checked, measure_prompt_variants, read_prompt_variants
from lexiscope.evaluate.assistant.runs import AssistantRuns
from lexiscope.evaluate.assistant.similarity import similarity
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.judges.agree import agreement
from lexiscope.evaluate.judges.choose import require_impartial
from lexiscope.evaluate.judges.judge import JudgeScore
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.perturbations import BLANK, SHUFFLED
from lexiscope.evaluate.verdict import verdict
from lexiscope.language.text.context import AS_PUBLISHED, LEVELS
from lexiscope.tasks.answer import Answerer

_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class AssistantItems:
    """Questions that are measured.

    Args:
        turns: All turns of the split that could be asked.
        drawn: Turns that are asked.
        learned: Turns that the assistant was trained on.
        runs: The drawn turns at every level of context, ready to be answered.
    """

    turns: Sequence[CaseTurn]
    drawn: Sequence[CaseTurn]
    learned: Sequence[CaseTurn]
    runs: AssistantRuns

    @property
    def questions(self) -> Sequence[ContextualQuestion]:
        """The drawn turns at every level of context."""
        return self.runs.items


@dataclass(frozen=True, slots=True)
class OpenAssistant:
    """An assistant and its judge, ready to be measured. Use `OpenAssistant.open`."""

    context: EvaluationContext
    options: AssistantOptions
    answerer: Answerer
    judging: Judging
    wordings: Sequence[str]

    @classmethod
    def open(cls, context: EvaluationContext, options: AssistantOptions) -> "OpenAssistant":
        """Load judge, words and assistant, in this order: what is cheap to refuse is refused first."""
        judge_options = options.judge_options(kept=context.corpus.path)
        judging = Judging.open(options.judge, judge_options, progress=context.progress)
        wordings = checked(list(options.wordings)) if options.wordings else read_prompt_variants(options.prompts)
        return cls(context, options, Answerer.open(context.model, progress=context.progress), judging, wordings)

    @property
    def learned_from(self) -> CorpusPart:
        """Corpus part that the assistant was trained on."""
        return self.answerer.cases.part

    def items(self, measured: MeasuredSplit) -> AssistantItems:
        """Turns about images that the model reads, drawn evenly, each at every level of context."""
        run, modalities = self.context, list(self.context.model.views())
        turns = find_turns(measured.cases(), modalities=modalities)
        if not turns:
            msg = f"expected questions about images in split {measured.split!r} of {measured.corpus.path}, found none"
            raise EvaluationError(
                f"{msg}; write some with: lexiscope write conversations, or name another with --split"
            )
        require_impartial(self.judging.judge, authors=_authors(turns), judged=_names(self.answerer))
        learned = find_turns(self.learned_from.cases(), modalities=modalities)
        if not learned:
            msg = f"expected an assistant that was trained on questions, {run.model.path} was trained on none"
            do = "train it on a corpus with turns: lexiscope write conversations, then train instruct"
            raise EvaluationError(f"{msg}; {do}")
        drawn = draw_turns(turns, limit=self.options.limit or self.judging.judge.limit, seed=run.seed)
        questions = items_of(drawn, lexicon=self.judging.lexicon)
        runs = AssistantRuns.of(run.model, run.corpus, self.answerer, questions, run.progress)
        return AssistantItems(turns, drawn, learned, runs)

    def answers(self, items: AssistantItems) -> list[str]:
        """Answer each question."""
        return items.runs.answers(items.runs.questions, what="assistant")

    def baselines(self, items: AssistantItems, answers: Sequence[str]) -> dict[str, Sequence[str] | LeftOut]:
        """Answers without the image, with another case's image, from words alone, and before tuning."""
        del answers
        runs, run, parts = items.runs, self.context, self.answerer.pipeline
        return {
            BLANK: runs.answers(runs.blank(), what="blank image"),
            SHUFFLED: runs.answers(runs.shuffled(run.seed), what="shuffled images"),
            "text_only": text_only_answers(
                parts.joint,
                items.learned,
                items.questions,
                runs.questions.contexts or (),
                lexicon=self.judging.lexicon,
                seed=run.seed,
            ),
            "language_model_untuned": untuned_answers(
                parts.assistant,
                items.questions,
                runs.questions,
                allow_download=self.options.allow_download,
                progress=run.progress,
            ),
        }

    def measure(
        self, items: AssistantItems, answers: Sequence[str], baselines: Mapping[str, Sequence[str] | LeftOut]
    ) -> Measurements:
        """Quality, features, defects and sensitivity to context, by the judge and by the other judges."""
        run, judging = self.context, self.judging
        guesses = self._random_answers(items)
        measure = AssistantMeasure(
            items.questions, [judging.scored(items.runs, guess) for guess in guesses], run.seed, run.resamples
        )
        scores = judging.usable_scores(items.runs, answers)
        scored = ScoredAnswer.of(items.questions, answers, scores, judging.lexicon)
        given = {name: found for name, found in baselines.items() if not isinstance(found, LeftOut)}
        others = {name: judging.scored(items.runs, found) for name, found in given.items()}
        metrics, beside = measure.all(scored), {name: measure.all(found) for name, found in others.items()}
        differences = {name: measure.difference(scored, found) for name, found in others.items()}
        sections = self._about(items) | {
            "left_out_baselines": {name: one.reason for name, one in baselines.items() if isinstance(one, LeftOut)},
            "similarity": similarity(measure, self.answerer.pipeline.joint.text, answers, guesses),
            "wordings": measure_prompt_variants(
                items.runs, self._views(items), wordings=self.wordings, lexicon=judging.lexicon, seed=run.seed
            ),
            "examples": _examples(items, answers, scores),
            **self._judges(items, answers, scores, measure),
        }
        return Measurements.about(
            [question.case for question in items.questions],
            metrics,
            baselines=beside,
            differences=differences,
            verdicts=[
                verdict(found, than=name.replace("_", " "), scores=(metrics, beside[name]))
                for name, found in differences.items()
            ],
            notes=assistant_notes(sections),
            sections=sections,
        )

    def _random_answers(self, items: AssistantItems) -> list[Sequence[str]]:
        """Answers to other questions of the same kind, drawn as often as the judge can score."""
        learned = [InstructionExample(case, turn.question, turn.answer, turn.kind) for case, turn in items.learned]
        examples, draws = [question.example for question in items.questions], range(self.judging.judge.draws)
        return [random_answers(learned, examples, seed=self.context.seed + draw).answers for draw in draws]

    def _views(self, items: AssistantItems) -> dict[str, Questions]:
        runs = items.runs
        return {"assistant": runs.questions, BLANK: runs.blank(), SHUFFLED: runs.shuffled(self.context.seed)}

    def _about(self, items: AssistantItems) -> dict[str, Any]:
        """Sections on what was asked."""
        return {
            "turns": len(items.drawn),
            "of_turns": len(items.turns),
            "contexts": [*LEVELS, *AS_PUBLISHED],
            "contexts_shortened": items.runs.shortened,
            "authors": dict(_authors(items.turns)),
            "taught_with_seed": self.context.model.record("assistant")["seed"],
        }

    def _judges(
        self,
        items: AssistantItems,
        answers: Sequence[str],
        scores: Sequence[JudgeScore | None],
        measure: AssistantMeasure,
    ) -> dict[str, Any]:
        """Sections on the judges, their agreement, and the sheet to be judged by hand."""
        judging, run = self.judging, self.context
        judged = judging.judged(items.runs, answers)
        by_judge = {judging.judge.name: scores} | judging.other_scores(judged, sheet=self.options.sheet)
        groups = [question.case.group for question in items.questions]
        return {
            "judge": judging.judge.name,
            "judges": judge_reports(by_judge, measure, answers, judging.lexicon, main=judging.judge.name),
            "agreement": agreement(by_judge, groups, seed=run.seed, resamples=run.resamples),
            "sheet_lines": write_answers(self.options.sheet_out, judged, run.corpus, items.questions, run.seed),
        }


def _authors(turns: Sequence[CaseTurn]) -> Counter[str]:
    return Counter(turn.author for _, turn in turns)


def _names(answerer: Answerer) -> list[str]:
    """Names under which the language model that answers is known."""
    return [source[key] for source in answerer.pipeline.assistant.origins for key in ("name", "origin")]


def _examples(
    items: AssistantItems, answers: Sequence[str], scores: Sequence[JudgeScore | None]
) -> list[dict[str, Any]]:
    """Some answers as they are, spread over all, so that a reader sees what the numbers are about."""
    questions, contexts = items.questions, items.runs.questions
    rows = np.unique(np.linspace(0, len(questions) - 1, _EXAMPLES).astype(int))
    return [
        {
            "case": questions[row].case.id,
            "question": questions[row].turn.question,
            "context": contexts.context(row),
            "at": questions[row].at,
            "answer": answers[row],
            "reference": questions[row].turn.answer,
            "quality": None if (score := scores[row]) is None else score.quality,
        }
        for row in rows
    ]
