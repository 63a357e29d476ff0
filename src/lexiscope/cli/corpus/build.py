"""`lexiscope corpus build`: add what a source holds to a corpus; its options are the fields of the sources."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.choices import Choice, choices_of
from lexiscope.cli.corpus.report import end_build
from lexiscope.cli.groups import single
from lexiscope.cli.options import JOBS, Config, Jobs, Json, NewCorpusPath, read_settings, takes_choices, written_in
from lexiscope.cli.progress import progress_bar
from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Flag, Settings, settings_of
from lexiscope.sources import SOURCES, detect_source

HELP = """Add a source to a corpus. The same source twice adds nothing; after a kill, run it again.

Exit code 0: done. 3: done, but some input was rejected (see rejected.jsonl). 1: nothing was usable. 2: wrong use.
"""

SettingsOf = Mapping[str, type[Settings]]
SourcePath = Annotated[
    Path, typer.Argument(metavar="SOURCE", help="Papers, scans, images, or the table that names them.")
]
Link = Annotated[bool, typer.Option("--link", help="Reference image files where they lie instead of copying them.")]


def source_choices(sources: SettingsOf) -> list[tuple[Choice, str]]:
    """Every option of every source once, under a heading that names the sources that take it.

    Args:
        sources: Name of a source -> its settings.
    """
    takers: dict[str, dict[str, Choice]] = {}
    for name, settings in sources.items():
        for flag, choice in _by_flag(settings).items():
            takers.setdefault(flag, {})[name] = choice
    titles = {flag: f"Options of {_in_words(choices)}" for flag, choices in takers.items()}
    order = list(dict.fromkeys(titles.values()))
    flags = sorted(takers, key=lambda flag: order.index(titles[flag]))
    return [(_merged(flag, list(takers[flag].values())), titles[flag]) for flag in flags]


def source_options(name: str, settings: type[Settings], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of one source by the names of its fields.

    Args:
        name: Name of the source.
        settings: Settings of the source.
        given: Options of the command line, by the names of `source_choices`.

    Raises:
        UsageError: an option of another source.
    """
    own = {_name_of(flag): choice for flag, choice in _by_flag(settings).items()}
    for option in given:
        if option not in own:
            flag = "--" + option.replace("_", "-")
            msg = f"{flag} does not apply to a {name} source; leave it out, or name another source with --as"
            raise UsageError(msg)
    return {own[option].name: value for option, value in given.items()}


def _by_flag(settings: type[Settings]) -> dict[str, Choice]:
    return {choice.flags[0]: choice for choice in choices_of(settings)}


def _name_of(flag: str) -> str:
    return flag.partition("/")[0].lstrip("-").replace("-", "_")


def _merged(flag: str, choices: list[Choice]) -> Choice:
    """One option for fields of several sources, called like its flag; text where their types differ."""
    first = choices[0]
    annotation: Any = first.annotation
    if any(choice.annotation != annotation for choice in choices):
        annotation = tuple[str, ...] if any(choice.repeated for choice in choices) else str
    shared = set.intersection(*(set(choice.notes.split("; ")) for choice in choices))
    notes = "; ".join(note for note in first.notes.split("; ") if note in shared)
    marker = Flag(flag, also=next((spelling for spelling in first.flags[1:]), None))
    return replace(first, name=_name_of(flag), annotation=annotation, notes=notes, required=False, marker=marker)


def _in_words(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def app() -> typer.Typer:
    """App of `corpus build`, with the options of every source that is installed."""
    settings_of_source = {name: settings_of(source) for name, source in SOURCES.load_all().items()}

    @takes_choices(source_choices(settings_of_source))
    def build(
        path: NewCorpusPath,
        source: SourcePath,
        *,
        given: dict[str, Any],
        kind: Annotated[
            str | None,
            typer.Option(
                "--as",
                help=f"Name of the source, where looking does not tell: {', '.join(SOURCES)}.",
                autocompletion=lambda: list(SOURCES),
            ),
        ] = None,
        config: Config = None,
        jobs: Jobs = JOBS,
        link: Link = False,
        json: Json = False,
    ) -> None:
        from lexiscope.corpus.build import build_corpus

        name = kind or detect_source(source)
        reader = SOURCES.load(name)
        if getattr(reader, "reads_path", True) and not source.exists():
            msg = f"expected papers, scans, a table or images at {source}, found nothing there; check the path"
            raise UsageError(msg)
        own = settings_of_source[name]
        settings = read_settings(own, written_in(config), source_options(name, own, given))
        options = {option: getattr(settings, option) for option in settings.model_fields_set}
        with progress_bar() as progress:
            report = build_corpus(path, reader(source, **options), jobs=jobs, link=link, progress=progress)
        end_build(path, report, json=json)

    return single(build, help=HELP)
