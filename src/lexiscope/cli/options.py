"""Options of a verb, made from its settings; so Python, YAML and the command line cannot differ.

An option that is not given is None and changes nothing; what is given goes before a line of `--config`.
"""

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import Parameter
from itertools import filterfalse
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from lexiscope.cli.choices import Choice, choices_of
from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Argument, Flag, Settings, read_yaml

Config = Annotated[Path | None, typer.Option(help="Settings in YAML; options that are given go before them.")]
CorpusPath = Annotated[Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus.")]
NewCorpusPath = Annotated[
    Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus; made when it is not there.")
]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="Directory of the model.")]
AcceptLeak = Annotated[
    str | None, typer.Option(help="Go on although training and what is measured overlap; the reason is printed.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Jobs = Annotated[int, typer.Option(help="Threads that hash, check and copy image files.")]

JOBS = os.cpu_count() or 1

Verb = Callable[..., Any]
SettingsT = TypeVar("SettingsT", bound=Settings)


def read_settings(kind: type[SettingsT], written: Mapping[str, Any], given: Mapping[str, Any]) -> SettingsT:
    """Settings from a file and from the options that were given, which go before it.

    Args:
        kind: Class of the settings.
        written: Settings of a file, by field.
        given: Options of the command line, by field.

    Raises:
        UsageError: something that must be given is not, or a value makes no sense.
    """
    values = {**written, **given}
    for choice in choices_of(kind):
        if choice.required and choice.name not in values:
            raise UsageError(f"expected {choice.flags[0]}, got none. {choice.flags[0]}: {choice.help}")
    return kind.of(values)


def written_in(config: Path | None) -> dict[str, Any]:
    """Settings that a file of `--config` holds; none without a file."""
    return read_yaml(config) if config else {}


def takes(settings: type[Settings], *, into: str = "given") -> Callable[[Verb], Verb]:
    """Give a verb the options of a class of settings; those that were given reach one of its parameters, by field.

    Args:
        settings: Class that declares the options.
        into: Name of the parameter, a dictionary.
    """
    return takes_choices([(choice, None) for choice in choices_of(settings)], into=into)


def takes_choices(choices: Iterable[tuple[Choice, str | None]], *, into: str = "given") -> Callable[[Verb], Verb]:
    """Give a verb options; those that were given reach one of its parameters, by field.

    Args:
        choices: Choices, each with the heading that it stands under in the help.
        into: Name of the parameter, a dictionary.
    """
    made = {f"{into}_{choice.name}": (choice, panel) for choice, panel in choices}  # no name meets one of the verb's

    def give(verb: Verb) -> Verb:
        @wraps(verb)
        def run(**values: Any) -> Any:
            own = {name: value for name, value in values.items() if name not in made}
            given = {
                choice.name: choice.read(values[name])
                for name, (choice, _) in made.items()
                if values[name] not in (None, [], ())
            }
            return verb(**own, **{into: given})

        signature = _with_choices(inspect.signature(verb), made, into)
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {name: item.annotation for name, item in signature.parameters.items()}
        return run

    return give


def _with_choices(
    signature: inspect.Signature, made: dict[str, tuple[Choice, str | None]], into: str
) -> inspect.Signature:
    """Signature with the choices in place of a parameter: by place behind the verb's own, by name before them."""
    added = [_parameter(name, choice, panel) for name, (choice, panel) in made.items()]
    own = [item.replace(kind=Parameter.KEYWORD_ONLY) for item in signature.parameters.values() if item.name != into]
    placed = list(filter(_is_argument, [*own, *added]))
    named = list(filterfalse(_is_argument, [*added, *own]))
    return signature.replace(parameters=[*placed, *named])


def _is_argument(item: Parameter) -> bool:
    return any(isinstance(note, typer.models.ArgumentInfo) for note in getattr(item.annotation, "__metadata__", ()))


def _parameter(name: str, choice: Choice, panel: str | None) -> Parameter:
    by_place = isinstance(choice.marker, Argument)
    notes = choice.notes.removeprefix("required") if by_place else choice.notes  # of an argument, typer says so itself
    text = f"{choice.help}  [{notes}]" if notes else choice.help
    common: dict[str, Any] = {"help": text, "show_default": False, "metavar": choice.metavar, "rich_help_panel": panel}
    annotation: Any = choice.typed | None
    if by_place:
        info: Any = typer.Argument(**common)
        default = Parameter.empty if choice.required else None
        return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, info])
    if isinstance(choice.marker, Flag) and choice.marker.env:
        common["envvar"] = choice.marker.env
    info = typer.Option(*choice.flags, **common)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, info])
