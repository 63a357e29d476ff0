"""`Choice`: one field of a class of settings as the command line spells, shows and reads it."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from lexiscope.core.docstrings import inherited_texts
from lexiscope.core.errors import UsageError
from lexiscope.core.settings import Argument, Flag, Settings

_PLAIN = (bool, int, float, str, Path)
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of a class of settings.

    Args:
        name: Name of the field.
        annotation: Its type, without None.
        help: Text of the field in the docstring of its class.
        notes: Default and bounds, as the help shows them.
        required: True when something must be given.
        marker: Spelling on the command line, where the field says so.
    """

    name: str
    annotation: Any
    help: str = ""
    notes: str = ""
    required: bool = False
    marker: Flag | Argument | None = None

    @property
    def flags(self) -> list[str]:
        """Spellings of the option, such as "--text-column" or "--bf16/--fp32".

        Example:
            >>> Choice("text_columns", tuple[str, ...]).flags
            ['--text-column']
            >>> Choice("augment", bool).flags
            ['--augment/--no-augment']
        """
        if isinstance(self.marker, Flag):
            return [self.marker.name, *([self.marker.also] if self.marker.also else [])]
        name = (_singular(self.name) if self.repeated else self.name).replace("_", "-")
        dashes = "-" if len(name) == 1 else "--"
        return [f"--{name}/--no-{name}" if self.annotation is bool else f"{dashes}{name}"]

    @property
    def repeated(self) -> bool:
        """True for an option that is given once for each of several values.

        Example:
            >>> Choice("names", tuple[str, ...]).repeated, Choice("grid", tuple[int, int]).repeated
            (True, False)
        """
        return _repeats(self.annotation) or _maps_names(self.annotation)

    @property
    def typed(self) -> Any:
        """The type that the command line parses: that of the field, or text where the field's is too rich for it."""
        if _repeats(self.annotation):
            return list[get_args(self.annotation)[0]]  # type: ignore[misc]
        if _maps_names(self.annotation):
            return list[str]
        return self.annotation if _is_plain(self.annotation) or _is_fixed(self.annotation) else str

    @property
    def metavar(self) -> str | None:
        """Word for the value in the help, where its type does not say it.

        Example:
            >>> Choice("head", dict[str, Any]).metavar, Choice("shares", dict[str, float]).metavar
            ('YAML', 'NAME=VALUE')
        """
        if isinstance(self.marker, Argument):
            return self.marker.metavar
        if _maps_names(self.annotation):
            return "NAME=VALUE"
        if _repeats(self.annotation):
            return _item_in_words(get_args(self.annotation)[0])
        return "YAML" if self.typed is str and self.annotation is not str else None

    def read(self, given: Any) -> Any:
        """Value of the field from what the command line parsed.

        Raises:
            UsageError: text that is no YAML, or no NAME=VALUE.

        Example:
            >>> Choice("head", dict[str, Any]).read("{width: 64}")
            {'width': 64}
            >>> Choice("shares", dict[str, float]).read(["a=0.5"])
            {'a': '0.5'}
        """
        if _maps_names(self.annotation):
            return self._named(given)
        if isinstance(given, list):
            return tuple(given)
        return self._yaml(given) if self.metavar == "YAML" else given

    def _named(self, lines: list[str]) -> dict[str, Any]:
        values: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition("=")
            if not name.strip() or not value.strip():
                raise UsageError(f"{self.flags[0]} takes NAME=VALUE, got {line!r}")
            values.setdefault(name.strip(), []).append(value.strip())
        several = get_origin(get_args(self.annotation)[1]) in (list, tuple)
        return {name: texts if several else texts[-1] for name, texts in values.items()}

    def _yaml(self, text: str) -> Any:
        import yaml

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise UsageError(f"{self.flags[0]} takes YAML such as '{{width: 64}}', got {text!r}: {error}") from error


def choices_of(settings: type[Settings]) -> list[Choice]:
    """Every field of a class of settings, in order: first those of its own, then those of what it inherits from.

    Example:
        >>> class Shape(Settings):
        ...     '''Shape of a thing.
        ...
        ...     Args:
        ...         sides: Number of its sides.
        ...     '''
        ...     sides: int = 4
        >>> [(choice.flags, choice.help, choice.notes) for choice in choices_of(Shape)]
        [(['--sides'], 'Number of its sides.', 'default: 4')]
    """
    texts = inherited_texts(settings)
    return [_choice(name, settings.model_fields[name], texts.get(name, "")) for name in settings.option_names()]


def _choice(name: str, field: FieldInfo, text: str) -> Choice:
    marker = next((item for item in field.metadata if isinstance(item, (Flag, Argument))), None)
    bare = Choice(name, _without_none(field.annotation), text, "", field.is_required(), marker)
    return Choice(name, bare.annotation, text, _notes(bare, field), bare.required, marker)


def _notes(choice: Choice, field: FieldInfo) -> str:
    default = None if choice.required else field.get_default(call_default_factory=True)
    shown = _shown(choice, default)
    notes = ["required"] if choice.required else [f"default: {shown}"] if shown else []
    notes += ["repeatable"] if choice.repeated and "repeatable" not in choice.help.lower() else []
    bounds = [
        (sign, getattr(item, name)) for item in field.metadata for name, sign in _BOUNDS.items() if hasattr(item, name)
    ]
    notes += [f"{sign} {bound:g}" for sign, bound in bounds]
    return "; ".join(notes)


def _shown(choice: Choice, default: Any) -> str:
    if default is None or default in ((), {}, ""):
        return ""
    if isinstance(default, bool) and choice.annotation is bool:
        yes, _, no = choice.flags[0].partition("/")
        return (yes if default else no).lstrip("-")
    if isinstance(default, dict):
        import yaml

        return str(yaml.safe_dump(default, default_flow_style=True, sort_keys=False)).strip()
    return ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return reduce(or_, kinds)


def _is_plain(annotation: Any) -> bool:
    return annotation in _PLAIN or get_origin(annotation) is Literal


def _repeats(annotation: Any) -> bool:
    kinds = get_args(annotation)
    return get_origin(annotation) is tuple and len(kinds) == 2 and kinds[1] is ... and _is_plain(kinds[0])


def _item_in_words(kind: Any) -> str:
    """A type as the help shows it.

    Example:
        >>> _item_in_words(Literal["a", "b"])
        '<a|b>'
    """
    return f"<{'|'.join(map(str, get_args(kind)))}>" if get_origin(kind) is Literal else f"<{kind.__name__.lower()}>"


def _is_fixed(annotation: Any) -> bool:
    return get_origin(annotation) is tuple and all(map(_is_plain, get_args(annotation)))


def _maps_names(annotation: Any) -> bool:
    """True for a field that maps names to texts or numbers, or to several of them: NAME=VALUE, repeated."""
    if get_origin(annotation) is not dict:
        return False
    value = get_args(annotation)[1]
    several = get_origin(value) in (list, tuple) and get_args(value)[0] is str
    return value in (str, int, float) or several


def _singular(name: str) -> str:
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
