"""`Structure`: a name with the values of a label image that stand for it; `given_structures` reads what a user says.

The option `--structure` of every source that reads label images is declared here once, as `StructureOption`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from lexiscope.core.errors import UsageError

ANY = "*"  # every value that is not 0, such as the numbers of instances
_FILE = ":"  # between the name of a label image and that of the structure


@dataclass(frozen=True, slots=True)
class Structure:
    """One structure of a label image.

    Args:
        name: Such as "liver".
        values: Values of its pixels; None for every value that is not 0.
    """

    name: str
    values: frozenset[int] | None = None

    def __str__(self) -> str:
        """Name and values, as steps of a provenance say them."""
        return f"{self.name} ({ANY if self.values is None else '+'.join(map(str, sorted(self.values)))})"


def _as_texts(option: Any) -> Any:
    """Values as texts, whether Python or YAML wrote a number, a text or a list of either."""
    if not isinstance(option, Mapping):
        return option
    return {name: _listed(values) for name, values in option.items()}


def _listed(values: Any) -> tuple[str, ...]:
    several = values if isinstance(values, list | tuple) else (values,)
    return tuple(str(value) for value in several)


StructureOption: TypeAlias = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_as_texts)]


def given_structures(option: Mapping[str, Sequence[str]]) -> dict[str, tuple[Structure, ...]]:
    """Name of a label image -> its structures, as a user named them; an empty name stands for the only label image.

    Args:
        option: Name, or `FILE:NAME` -> values, each a number, several with "," between them, or "*".

    Raises:
        UsageError: a value that is no whole number from 1 on.

    Example:
        >>> [str(one) for one in given_structures({"kidney": ("2,3",), "nucleus": ("*",)})[""]]
        ['kidney (2+3)', 'nucleus (*)']
    """
    structures: dict[str, tuple[Structure, ...]] = {}
    for written, values in option.items():
        file, _, name = written.rpartition(_FILE)
        texts = [text.strip() for value in _listed(values) for text in value.split(",")]
        if not name.strip() or not all(text == ANY or (text.isdecimal() and int(text)) for text in texts):
            msg = f"expected --structure NAME=VALUE[,VALUE...] with whole numbers from 1 on, or NAME={ANY}, got "
            raise UsageError(f"{msg}{written}={','.join(texts)}; 0 is the background")
        numbers = None if ANY in texts else frozenset(map(int, texts))
        structures[file.strip()] = (*structures.get(file.strip(), ()), Structure(name.strip(), numbers))
    return structures
