"""The numbers of an evaluation for people: tables, verdicts in words, the rule, and what the audit found."""

from collections.abc import Callable
from typing import Any

from lexiscope.cli.assistant_scores import print_assistant
from lexiscope.cli.output import interval, number, print_table, say


def print_scores(result: dict[str, Any]) -> None:
    """Print what `evaluate` or `benchmark run` measured."""
    _PRINTED[result["task"]](result)


def _print_classes(result: dict[str, Any]) -> None:
    hidden = {f"without {name}, {found['n']} cases": found["metrics"] for name, found in result["without"].items()}
    sections = {"": result["metrics"], **hidden, **result["baselines"]}
    rows = [
        (name or "the model", metric.replace("_", " "), number(m["value"]), interval(m), number(m["chance"]))
        for name, metrics in sections.items()
        for metric, m in metrics.items()
        if not name or not metric.endswith("ece")
    ]
    rows += [
        (f"{shots} of each class", "balanced accuracy", number(m["value"]), interval(m), number(m["chance"]))
        for shots, m in result["few_shot"].items()
    ]
    print_table(result["attribute"], ("what", "metric", "value", "95 % interval", "chance"), rows)
    if len(result["opinions"]) > 2:
        shown = [
            (name, opinion["n"], f"{opinion['uncertainty']:.2f}", number(opinion["balanced_accuracy"]["value"]))
            for name, opinion in result["opinions"].items()
        ]
        print_table("opinions", ("modality", "cases", "mean uncertainty", "balanced accuracy"), shown)
    if result["by_seed"]:
        each = [(name, " ".join(map(number, values))) for name, values in result["by_seed"].items()]
        print_table("balanced accuracy by seed", ("what", "values"), each)
    say(f"{result['split']}: {result['n']} cases in {result['groups']} groups; corpus {result['corpus']}")
    if result["collapsed"]:
        say(f"too rare, so counted as 'other': {', '.join(result['collapsed'])}")
    say(f"image, text and attributes: {result['fusion']['verdict']}")
    texts = result["texts"]
    passages = f"{texts['passages']} passages ({texts['different']} different)"
    say(f"{texts['held_back']} of {passages} state the attribute and were held back")
    say(result["rule"])
    _warn(result["audit"])


def _print_texts(result: dict[str, Any]) -> None:
    """Captions and answers: every metric, of the model and of each baseline."""
    sections = {"the model": result["metrics"], **result["baselines"]}
    rows = [
        (name, metric.replace("_", " "), number(m["value"]), interval(m), number(m["chance"]))
        for name, metrics in sections.items()
        for metric, m in metrics.items()
    ]
    print_table(
        f"{result['task']}{_caveat(result['audit'])}", ("what", "metric", "value", "95 % interval", "chance"), rows
    )
    for sentence in result.get("verdicts", ()):
        say(sentence)
    say(f"{result['split']}: {result['n']} in {result['groups']} groups; corpus {result['corpus']}")
    say(result["rule"])
    _warn(result["audit"])


def _print_search(result: dict[str, Any]) -> None:
    sections = {"all texts": result["metrics"], **result["by_text_column"]}
    for name, directions in sections.items():
        rows = [
            (direction.replace("_", " "), metric, number(m["value"]), interval(m), number(m["chance"]))
            for direction, metrics in directions.items()
            for metric, m in metrics.items()
        ]
        print_table(
            f"{name}{_caveat(result['audit'])}", ("direction", "metric", "value", "95 % interval", "chance"), rows
        )
    say(f"{result['split']}: {result['n']} cases in {result['groups']} groups; corpus {result['corpus']}")
    say(result["rule"])
    _warn(result["audit"])


def _print_interpretation(result: dict[str, Any]) -> None:
    print_assistant(result)
    _warn(result["audit"])


def _caveat(audit: dict[str, Any]) -> str:
    return f" (leak accepted: {audit['accepted']})" if audit["accepted"] else ""


def _warn(audit: dict[str, Any]) -> None:
    if not audit["checked"]:
        say(f"not audited: {audit['note']}")
        return
    if audit["accepted"]:
        say(f"leak accepted ({audit['refused']}): {audit['accepted']}")
    if audit["left_out_cases"]:
        say(f"left out as near-duplicates of images learned from: {', '.join(audit['left_out_cases'])}")
    if audit["left_out"]:
        say(f"{len(audit['left_out'])} texts that training also has were left out")


_PRINTED: dict[str, Callable[[dict[str, Any]], None]] = {
    "answer": _print_texts,
    "caption": _print_texts,
    "classify": _print_classes,
    "interpret": _print_interpretation,
    "search": _print_search,
}
