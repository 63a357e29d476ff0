"""Contracts of evaluations and of judges: what every entry of their tables promises."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lexiscope.core.docstrings import argument_texts, summary_of
from lexiscope.core.errors import EvaluationError, LexiscopeError, UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate import EVALUATIONS
from lexiscope.evaluate.evaluation import Evaluation
from lexiscope.evaluate.judges.judge import FEATURES, Judge, JudgedAnswer
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.report.schema import faults_of
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory

_RESAMPLES = 5


def check_evaluation(name: str, model: ModelDirectory, corpus: Corpus, **options: Any) -> Report:
    """Check what every evaluation promises, by running it twice.

    It says what it is called, what its options mean and what its sections hold; its report keeps the written form and
    can be read again; the same seed gives the same numbers, but for time and memory in a section "cost"; the model and
    every baseline are measured by metrics with chance levels; wrong use is refused.

    Args:
        name: Name of the evaluation in `EVALUATIONS`.
        model: Model that it can measure.
        corpus: Corpus with a split "test" that it can be measured on.
        options: Options of the evaluation that it cannot do without.

    Raises:
        AssertionError: a promise is broken.
    """
    evaluation: Evaluation = EVALUATIONS.load(name)
    _check_words(evaluation, name)
    settings: dict[str, Any] = {"task": name, "accept_leak": "a contract is checked", "resamples": _RESAMPLES}
    report = evaluate_model(model, corpus, **settings, **options)
    _check_report(report, evaluation, name)
    again = evaluate_model(model, corpus, **settings, **options)
    assert _without_cost(again) == _without_cost(report), "the same seed gave other numbers"
    _check_refusals(model, corpus, settings | options)
    return report


def _without_cost(report: Report) -> Report:
    return replace(report, sections={name: value for name, value in report.sections.items() if name != "cost"})


def check_judge(judge: Judge) -> None:
    """Check what every judge promises about four answers to two questions.

    Raises:
        AssertionError: a promise is broken.
    """
    assert judge.name
    assert judge.draws >= 0
    assert judge.limit > 0
    answers = [
        JudgedAnswer(f"case-{row}", question, None, answer, reference, "", features)
        for row, (question, answer, reference, features) in enumerate(_QUESTIONS)
    ]
    scores = judge.scores(answers)
    assert len(scores) == len(answers), "one score for each answer"
    for answer, score in zip(answers, scores, strict=True):
        if score is None:
            continue
        assert 0 <= score.quality <= 100
        assert score.features in (FEATURES if answer.features else (None,)), "features are scored where they are asked"
    assert judge.scores([*answers[::-1], answers[0]]) == [*scores[::-1], scores[0]], "a score depends on the order"
    assert judge.scores([]) == []


_QUESTIONS = (
    ("Are there cracks?", "Yes", "Yes", False),
    ("Are there cracks?", "No", "Yes", False),
    ("Which features are seen?", "Two pores.", "Pores and a crack.", True),
    ("Which features are seen?", "", "Pores and a crack.", True),
)


def _check_words(evaluation: Evaluation, name: str) -> None:
    assert evaluation.name == name, f"it is called {evaluation.name!r} and stands in the table as {name!r}"
    assert summary_of(evaluation.__doc__), "the first line of its docstring is its help"
    assert evaluation.rule.strip(), "how its metrics are defined is printed with them"
    assert 0 <= evaluation.near_spared < 1
    explained = argument_texts(evaluation.Options.__doc__)
    silent = [option for option in evaluation.Options.model_fields if not explained.get(option)]
    assert not silent, f"options without help: {', '.join(silent)}"


def _check_report(report: Report, evaluation: Evaluation, name: str) -> None:
    record = json.loads(json.dumps(report.to_dict()))
    assert not faults_of(record), "; ".join(faults_of(record))
    assert Report.from_dict(record).to_dict() == report.to_dict(), "the report reads otherwise than it was written"
    unknown = report.sections.keys() - evaluation.sections.keys()
    assert not unknown, f"sections that are not explained: {', '.join(unknown)}"
    assert report.task == name
    assert 0 < report.groups <= report.cases <= report.n
    main, *_ = report.tables()
    assert main.rows, "nothing to print"
    assert {"the model", *(baseline.replace("_", " ") for baseline in report.baselines)} == {
        row.of for row in main.rows
    }
    measured = [row for row in main.rows if row.of == "the model" and row.estimate.value is not None]
    assert all(row.estimate.chance is not None for row in measured), "a metric without a chance level"
    assert report.rule in report.lines()


def _check_refusals(model: ModelDirectory, corpus: Corpus, settings: dict[str, Any]) -> None:
    option, split = "no_such_option", "no such split"
    refusal = _refusal(UsageError, lambda: evaluate_model(model, corpus, **(settings | {option: 1})))
    assert option in refusal, f"an option that it does not have must be refused by its name, got {refusal!r}"
    refusal = _refusal(EvaluationError, lambda: evaluate_model(model, corpus, **settings, split=split))
    assert split in refusal, f"a split without anything to measure must be refused by its name, got {refusal!r}"


def _refusal(error: type[LexiscopeError], call: Callable[[], object]) -> str:
    """Text of the error that a call raises; nothing when it raises none."""
    try:
        call()
    except error as raised:
        return str(raised)
    return ""
