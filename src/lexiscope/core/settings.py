"""`Settings`: what a user may choose. Python, a YAML file and the command line all fill the same class.

A class of settings is the only place where an option is declared: its type and default by the field, its help by the
`Args:` of the docstring. The command line is made from it, so a new setting edits no other file.
"""

import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model, field_validator
from pydantic import Field as SettingsField

from lexiscope.core.errors import UsageError
from lexiscope.core.numbers import LARGEST_SEED, MOST_RESULTS
from lexiscope.core.regular import read_regular
from lexiscope.core.safe_yaml import load_yaml

_SHORT = reprlib.Repr()  # a value in a message: lists of lists may be longer than anybody reads
_SHORT.maxstring = _SHORT.maxother = 200


@dataclass(frozen=True, slots=True)
class Flag:
    """Spelling of a field on the command line where its own name would read badly: `Annotated[T, Flag("--as")]`.

    Without one the option is the field's name, and for a field that may be repeated its singular.

    Args:
        name: Such as "--text-column", or "--bf16/--fp32" for yes and no.
        also: Another spelling that is understood, such as "--attribute-column".
        env: Environment variable that is read when the option is not given; for keys that no command should show.
    """

    name: str
    also: str | None = None
    env: str | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """Marks a field that the command line takes by place and not by name: `Annotated[str, Argument("QUESTION")]`.

    Args:
        metavar: Name of the argument in the usage line.
    """

    metavar: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """Marks a field that nobody who asks a server chooses: addresses and keys of others, memory that it may take."""


@dataclass(frozen=True, slots=True)
class Written:
    """Marks a path that is written to; a server chooses it itself. Every other path of a request is read."""


class Settings(BaseModel):
    """Frozen choices with defaults; unknown names and values that make no sense are refused, all of them at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("seed", check_fields=False)
    @classmethod
    def _seeds(cls, seed: Any) -> Any:
        return _within(seed, 0, LARGEST_SEED)

    @field_validator("k", check_fields=False)
    @classmethod
    def _counts_results(cls, k: Any) -> Any:
        none_is_a_choice = any(getattr(rule, "ge", None) == 0 for rule in cls.model_fields["k"].metadata)
        return _within(k, 0 if none_is_a_choice else 1, MOST_RESULTS)

    @classmethod
    def option_names(cls) -> list[str]:
        """Names of all settings: first those of the class itself, then those of what it inherits from.

        Example:
            >>> class Oven(Settings):
            ...     heat: int = 900
            >>> class Kiln(Oven):
            ...     cones: int = 3
            >>> Kiln.option_names()
            ['cones', 'heat']
        """
        declared = (name for kind in cls.__mro__ for name in vars(kind).get("__annotations__", ()))
        return list(dict.fromkeys(name for name in declared if name in cls.model_fields))

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Self:
        """Build from settings a user wrote.

        Raises:
            UsageError: an unknown name or a value that makes no sense, all of them at once.
        """
        try:
            return cls(**settings)
        except ValidationError as error:
            wrong = "; ".join(_wrong(dict(one)) for one in error.errors())
            raise UsageError(f"{wrong}. Settings: {', '.join(cls.option_names())}") from error

    @classmethod
    def read(cls, path: Path | None, /, **over: Any) -> Self:
        """Build from a YAML file, if there is one, with some settings replaced: those that are not None.

        Raises:
            UsageError: no such file, no mapping in it, or a setting that makes no sense.
        """
        given = {name: value for name, value in over.items() if value is not None}
        return cls.of(given if path is None else {**read_yaml(path), **given})


def _within(value: Any, least: int, most: int) -> Any:
    if isinstance(value, int) and not least <= value <= most:
        raise ValueError(f"expected {least} to {most}")
    return value


def _wrong(error: dict[str, Any]) -> str:
    """One error of pydantic's in words."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"{name}: expected a value, got none"
    message = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"]
    return f"{name}: {message}, got {_SHORT.repr(error['input'])}"


def read_yaml(path: Path) -> dict[str, Any]:
    """Settings as they are written in a YAML file, not checked yet.

    Raises:
        UsageError: no such file, or no mapping in it.
    """
    try:
        written = load_yaml(read_regular(path).decode("utf-8"))
    except (OSError, ValueError) as error:
        msg = f"expected settings in YAML at {path}: {error}; write lines such as 'epochs: 40'"
        raise UsageError(msg) from error
    if not isinstance(written, dict):
        raise UsageError(f"expected 'name: value' lines in {path}, got {type(written).__name__}")
    for name in written:
        if not isinstance(name, str):
            raise UsageError(f"expected 'name: value' lines in {path}, got the name {name!r}; write it as a word")
    return written


def shared_out(written: Mapping[str, Any], kinds: Sequence[type[Settings]]) -> list[dict[str, Any]]:
    """Settings of several classes that were written in one place: for each class, those of its own fields.

    Raises:
        UsageError: a name that none of them has.

    Example:
        >>> class Oven(Settings):
        ...     heat: int = 900
        >>> class Glass(Settings):
        ...     colour: str = "green"
        >>> shared_out({"colour": "blue"}, [Oven, Glass])
        [{}, {'colour': 'blue'}]
    """
    known = {name for kind in kinds for name in kind.model_fields}
    unknown = sorted(set(written) - known)
    if unknown:
        raise UsageError(f"unknown setting {unknown[0]!r}. Settings: {', '.join(sorted(known))}")
    return [{name: value for name, value in written.items() if name in kind.model_fields} for kind in kinds]


def settings_of(kind: type[Any]) -> type[Settings]:
    """Settings with the fields of a dataclass, but for its first: what is read, which is no option.

    So the options of a source are declared, checked and shown like all others.

    Example:
        >>> @dataclass
        ... class Pages:
        ...     path: Path
        ...     licence: str = "unknown"
        >>> settings_of(Pages)().model_dump()
        {'licence': 'unknown'}
    """
    hints = get_type_hints(kind, include_extras=True)
    options = {item.name: (hints[item.name], _default(item)) for item in fields(kind)[1:]}
    return create_model(kind.__name__, __base__=Settings, __doc__=kind.__doc__, **options)  # type: ignore[call-overload]


def _default(item: "Field[Any]") -> Any:
    if item.default_factory is not MISSING:
        return SettingsField(default_factory=item.default_factory)
    return ... if item.default is MISSING else item.default
