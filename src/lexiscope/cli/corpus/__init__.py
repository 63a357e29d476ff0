"""`lexiscope corpus`: make a corpus, look into it, split it, prove its splits, pass it on; one file a verb."""

from importlib import import_module

import typer

from lexiscope.cli.groups import lazy_group, new_app
from lexiscope.cli.summaries import summary_at

_VERBS = {
    "build": "build:build",
    "info": "info:info",
    "list": "list:list_cases",
    "audit": "audit:audit",
    "split": "split:split",
    "export": "export:export_cases",
    "import": "import_:import_cases",
    "validate": "validate:validate",
    "deidentify": "deidentify:deidentify",
}


def _lines() -> dict[str, str]:
    return {name: summary_at(f"{__name__}.{place}") for name, place in _VERBS.items()}


def _load(name: str) -> typer.Typer:
    module, _, _ = _VERBS[name].partition(":")
    made: typer.Typer = import_module(f"{__name__}.{module}").app
    return made


app = new_app("Make a corpus of cases, look into it, split it, prove its splits.", cls=lazy_group(_lines, _load))
