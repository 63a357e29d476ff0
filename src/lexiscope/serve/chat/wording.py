"""`in_words`: an answer as a chat shows it: the answer first, then how sure it is and what it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from lexiscope.core.plain import plain

_CITED = 160  # characters of a citation


def in_words(prediction: Mapping[str, Any]) -> str:
    """Words for a prediction of the task "answer".

    Args:
        prediction: What `Prediction.to_dict` gives.

    Example:
        >>> value = {"answer": "Yes", "abstained": False, "read_from_context": False}
        >>> said = {"value": value, "score": 0.87, "evidence": [], "out_of_distribution": None}
        >>> in_words(said).splitlines()[0]
        'Yes'
    """
    value, score = prediction["value"], prediction["score"] or 0.0
    parts = [value["answer"], f"Probability {score:.0%}."]
    if value["abstained"]:
        parts = [f"I would rather not answer: {score:.0%} is too unsure. My best guess: {value['answer']}"]
    if value["read_from_context"]:
        parts.append("Read in what was written, and not seen in the image.")
    parts += _cited(prediction["evidence"])
    unlike = prediction["out_of_distribution"]
    if unlike is not None and unlike["warning"] is not None:
        parts.append(f"Note: {unlike['warning']}.")
    return plain("\n\n".join([*parts, "Research use, not for diagnosis."]))


def _cited(evidence: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [f"[{number}] {one['case']}: {_short(one['text'] or '')}" for number, one in enumerate(evidence, start=1)]
    return ["\n".join(["Similar cases:", *lines])] if lines else []


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _CITED else words[: _CITED - 1].rstrip() + "…"
