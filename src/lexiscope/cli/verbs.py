"""The verbs of `lexiscope` and what each is for: all that `lexiscope --help` needs, so nothing heavy is imported.

A verb is a line here: what it is for, and the Typer app that is imported when it runs. Verbs of tasks are read off
`TASKS` and run by `lexiscope.cli.predict`: table and first lines of built-in ones are read, not imported; those that
other packages bring are found through their entry points.
"""

import ast
import os
import sys
from functools import cache

PREDICT = "lexiscope.cli.predict:task_app"

SECTIONS = {
    "Data": {
        "corpus": ("lexiscope.cli.corpus:app", "Make a corpus of cases, look into it, split it, prove its splits."),
        "write": ("lexiscope.cli.write:app", "Write texts about the cases of a corpus from what is known of them."),
        "simulate": ("lexiscope.cli.simulate:app", "Make data whose truth is known, to try things on."),
    },
    "Models": {
        "train": ("lexiscope.cli.train:app", "Train the parts of a model."),
        "model": ("lexiscope.cli.model:app", "Hand a model on to other programs."),
        "evaluate": ("lexiscope.cli.evaluate:app", "Measure a model on one split of a corpus."),
        "interpret": (
            "lexiscope.cli.interpret:app",
            "What each input contributes, how inputs work together, when not to believe it.",
        ),
        "benchmark": (
            "lexiscope.cli.benchmark:app",
            "Make a benchmark from your own papers, and measure models on it.",
        ),
    },
    "Questions": {
        "index": ("lexiscope.cli.index:app", "Make a corpus searchable with a model."),
        "serve": ("lexiscope.cli.serve:app", "Open a page and an API over models and a corpus, on this machine."),
        "mcp": ("lexiscope.cli.mcp:app", "Give a chat client read-only tools over a model and a corpus."),
        "demo": (
            "lexiscope.cli.demo:app",
            "Simulate (or read), align, index, search, evaluate, and write a page of it.",
        ),
    },
}

OPTIONS = {
    "--debug": "Show the full traceback of an error.",
    "--version": "Print the version and exit.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Print the completion of the current shell, to read or to place it yourself.",
    "--help": "Show this message and exit.",
}

ABOUT = "Papers and scans to a private vision-language model. Research use, not for diagnosis."
_TASK_OF = {"ask": "answer"}  # the verb of every other task is its name


@cache
def sections() -> dict[str, dict[str, tuple[str, str]]]:
    """Heading -> verb -> (where its app is, what it is for), of lexiscope itself."""
    index, *others = SECTIONS["Questions"].items()
    tasks = [(verb_of(name), (PREDICT, _purpose(place))) for name, place in _tasks().items()]
    return {**SECTIONS, "Questions": dict([index, *sorted(tasks), *others])}


def verbs() -> dict[str, tuple[str, str]]:
    """Verb -> (where its app is, what it is for); those of other packages last."""
    built_in = {name: verb for section in sections().values() for name, verb in section.items()}
    return {**built_in, **{name: verb for name, verb in outside().items() if name not in built_in}}


def task_of(verb: str) -> str:
    """Name of the task that a verb runs.

    Example:
        >>> task_of("ask"), task_of("search")
        ('answer', 'search')
    """
    return _TASK_OF.get(verb, verb)


def verb_of(task: str) -> str:
    """Verb that runs a task.

    Example:
        >>> verb_of("answer")
        'ask'
    """
    return next((verb for verb, name in _TASK_OF.items() if name == task), task)


def outside() -> dict[str, tuple[str, str]]:
    """Verbs of tasks that other packages bring, as `verbs`."""
    if not any(map(_joins, sys.path)):
        return {}
    from importlib.metadata import entry_points  # 0.03 s, so only where some package joins

    points = entry_points(group="lexiscope.task")
    return {verb_of(point.name): (PREDICT, f"Task of the package {_owner(point)}.") for point in points}


def overview() -> str:
    """Text of `lexiscope --help`."""
    texts = {title: {name: text for name, (_, text) in items.items()} for title, items in sections().items()}
    built_in = {name for items in texts.values() for name in items}
    texts["From other packages"] = {name: text for name, (_, text) in outside().items() if name not in built_in}
    texts["Options"] = OPTIONS
    lines = ["Usage: lexiscope [OPTIONS] COMMAND [ARGS]...", "", ABOUT]
    for title, items in texts.items():
        if items:
            lines += ["", f"{title}:", *(f"  {name:<21} {text}" for name, text in items.items())]
    return "\n".join([*lines, "", "`lexiscope COMMAND --help` shows what a command takes."])


def _tasks() -> dict[str, str]:
    """Built-in lines of `lexiscope.tasks.TASKS`."""
    table = next(node for node in ast.walk(_tree("lexiscope.tasks.__init__")) if isinstance(node, ast.Dict))
    places: dict[str, str] = ast.literal_eval(table)
    return places


def _purpose(place: str) -> str:
    """First line of the docstring of a class."""
    module, _, name = place.partition(":")
    found = next(node for node in _tree(module).body if isinstance(node, ast.ClassDef) and node.name == name)
    return (ast.get_docstring(found, clean=False) or "").partition("\n")[0]


def _tree(module: str) -> ast.Module:
    """Syntax tree of a module of lexiscope: importing it would take longer than all of `lexiscope --help`."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120 - as in `_read`
    return ast.parse(_read(f"{root}/{module.replace('.', '/')}.py"))


def _joins(folder: str) -> bool:
    """True when a package in a folder of the import path brings something for a name table of lexiscope."""
    try:
        with os.scandir(folder or ".") as entries:
            places = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return False
    return any("[lexiscope." in _read(f"{place}/entry_points.txt") for place in places)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib takes longer than all of it
            return file.read()
    except OSError:
        return ""


def _owner(point: object) -> str:
    distribution = getattr(point, "dist", None)
    return str(distribution.name) if distribution is not None else "that joins"
