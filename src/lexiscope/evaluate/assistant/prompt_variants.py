"""Dependence of answers on the wording of the instruction: MM-BigBench's figures on yes-or-no questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.answering.questions import Questions
from lexiscope.core.errors import UsageError
from lexiscope.evaluate.answer.baselines import CLOSED
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.assistant.runs import AssistantRuns, some_questions
from lexiscope.evaluate.metrics import prompt_variants as maths
from lexiscope.evaluate.metrics.assistant import polarity, yes_or_no
from lexiscope.language.text.context import LEVELS
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.words import read_yaml

Answer = Callable[[Questions], list[str]]
_QUESTIONS = 24  # questions, each in every wording by every model
_LEAST = 3  # questions that make a data set
_SLOT = "{question}"
_TOKENS = 8  # of an answer that is yes or no


def read_prompt_variants(prompts: Path | None = None) -> list[str]:
    """Read the wordings of `prompt_variants.yaml`.

    Raises:
        UsageError: fewer than two, or one without a place for the question.
    """
    return checked(read_yaml("prompt_variants.yaml", prompts).get("wordings"))


def checked(wordings: Any) -> list[str]:
    """Check wordings, and drop those that come twice.

    Raises:
        UsageError: fewer than two, or one without a place for the question.

    Example:
        >>> checked(["{question}", "Please: {question}", "{question}"])
        ['{question}', 'Please: {question}']
    """
    fits = isinstance(wordings, list) and all(isinstance(one, str) and _SLOT in one for one in wordings)
    if not fits or len(set(wordings)) < 2:
        msg = f"expected at least two different wordings, each with {_SLOT}, got {wordings!r}"
        raise UsageError(f"{msg}; compare with the prompt_variants.yaml that comes with lexiscope")
    return list(dict.fromkeys(wordings))


def measure_prompt_variants(
    runs: AssistantRuns, models: Mapping[str, Questions], *, wordings: Sequence[str], lexicon: Lexicon, seed: int
) -> dict[str, Any] | None:
    """Ask some questions in every wording, without context, of the assistant and of its baselines.

    Data sets are kinds and levels of questions that are answered by yes or no.

    Args:
        models: Name -> the questions of all items with what that one sees.

    Returns:
        JSON types, or None where too few questions are answered by yes or no.
    """
    sets = _sets(runs.items, seed)
    if not sets:
        return None
    rows = [row for part in sets.values() for row in part]
    place = {name: [rows.index(row) for row in part] for name, part in sets.items()}
    repeated = replace(runs, items=[runs.items[row] for row in rows] * len(wordings))
    accuracy = np.zeros((len(models), len(sets), len(wordings)))
    for m, (name, questions) in enumerate(models.items()):
        worded = _worded(some_questions(questions, rows * len(wordings)), wordings)
        right = _right(repeated, worded, lexicon, what=f"wordings, {name.replace('_', ' ')}")
        by_wording = right.reshape(len(wordings), len(rows))
        accuracy[m] = [by_wording[:, part].mean(axis=1) for part in place.values()]
    return _figures(accuracy, list(models), list(sets), wordings, {name: len(part) for name, part in sets.items()})


def _figures(
    accuracy: Float[np.ndarray, "m d i"],
    models: Sequence[str],
    sets: Sequence[str],
    wordings: Sequence[str],
    sizes: Mapping[str, int],
) -> dict[str, Any]:
    best, hits = maths.best(accuracy), maths.hit_ratio(accuracy)
    gain, spread = maths.relative_gain_of_models(accuracy), maths.stability_of_models(accuracy)
    gains, spreads = maths.relative_gain_of_instructions(accuracy), maths.stability_of_instructions(accuracy)
    return {
        "n": sum(sizes.values()),
        "data_sets": dict(sizes),
        "top": maths.TOP,
        "models": {
            name: {
                "accuracy": float(accuracy[m].mean()),
                "best": _named(sets, best[m]),
                "mean_relative_gain": _named(sets, gain[m]),
                "stability": _named(sets, spread[m]),
            }
            for m, name in enumerate(models)
        },
        "instructions": [
            {
                "wording": wording,
                "accuracy": _named(models, accuracy[:, :, i].mean(axis=1)),
                "mean_relative_gain": _named(sets, gains[:, i]),
                "stability": _named(sets, spreads[:, i]),
                "hit_ratio": {**_named(models, hits[:, i]), "all": float(hits[:, i].sum())},
            }
            for i, wording in enumerate(wordings)
        ],
    }


def _named(names: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _sets(items: Sequence[ContextualQuestion], seed: int) -> dict[str, list[int]]:
    """Kind and level -> rows of the items without context, equally many of each as far as they go."""
    sets: dict[str, list[int]] = {}
    for row in np.random.default_rng(seed).permutation(len(items)):
        item = items[row]
        if item.at == LEVELS[0] and item.turn.kind in CLOSED and yes_or_no(item.turn.answer) is not None:
            sets.setdefault(f"{item.turn.kind} {item.turn.level}", []).append(int(row))
    enough = {name: rows for name, rows in sorted(sets.items()) if len(rows) >= _LEAST}
    return {name: sorted(rows[: max(_LEAST, _QUESTIONS // len(enough))]) for name, rows in enough.items()}


def _worded(questions: Questions, wordings: Sequence[str]) -> Questions:
    """All questions in the first wording, then all in the second, and so on."""
    each = len(questions.texts) // len(wordings)
    texts = [wordings[row // each].replace(_SLOT, text) for row, text in enumerate(questions.texts)]
    return replace(questions, texts=texts)


def _right(runs: AssistantRuns, questions: Questions, lexicon: Lexicon, *, what: str) -> Bool[np.ndarray, " n"]:
    answers = runs.answers(questions, what=what, max_tokens=_TOKENS)
    return np.array(
        [
            polarity(item.turn.question, answer, lexicon) is yes_or_no(item.turn.answer)
            for item, answer in zip(runs.items, answers, strict=True)
        ]
    )
