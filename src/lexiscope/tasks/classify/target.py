"""`Target`: the attribute that a task predicts, and which text would reveal it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.core.errors import LeakageError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.corpus.wording import MANY, normalise

OTHER = "other"  # value that stands for all those too rare to be learned

_MOST_VALUES = 50  # an attribute with more values than this is a name or a measurement, not a class
_GLUED = 6  # letters from which on a value also counts when it is written with gaps: "no tumor" for "notumor"
_JOINED = re.compile(r"[_\s]+")


@dataclass(frozen=True, slots=True)
class Target:
    """The attribute that a task predicts.

    A passage states it when its writer recorded so (`Passage.states`), when it holds the attribute's name or any of its
    values as words, or when it is template text that only ever stands beside one value ("without tumour", in all cases
    of "notumor" and in no other).

    Args:
        attribute: Name of the attribute.
        values: Values that it can have, sorted; at least two.
        revealing: Normalised template texts that only ever stand beside one value.
        rare: Values that count as "other", and with them any that was never learned; empty keeps all values apart.

    Raises:
        UsageError: fewer than two values, or so many that they are no classes.

    Example:
        >>> side = Target("side", ("left", "right"))
        >>> side.states(Passage("caption", "A lesion on the LEFT."))
        True
        >>> side.states(Passage("caption", "A bright lesion."))
        False
    """

    attribute: str
    values: tuple[str, ...]
    revealing: frozenset[str] = frozenset()
    rare: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 2 <= len(self.values) <= _MOST_VALUES:
            msg = f"expected an attribute with 2 to {_MOST_VALUES} values, {self.attribute!r} has {len(self.values)}"
            raise UsageError(f"{msg}; classify by another attribute, or bin it first")

    @classmethod
    def of(cls, attribute: str, cases: Sequence[Case], *, min_groups: int = 0) -> "Target":
        """The target whose values, and whose revealing texts, are those of `cases`.

        Args:
            min_groups: Values that fewer groups than this have become one, "other".

        Raises:
            UsageError: no case has the attribute, or it has one value or too many.
        """
        groups: dict[str, set[str]] = defaultdict(set)
        for case in cases:
            if attribute in case.attributes:
                groups[str(case.attributes[attribute])].add(case.group)
        if not groups:
            names = ", ".join(sorted({name for case in cases for name in case.attributes})) or "none"
            msg = f"no case to learn from has the attribute {attribute!r}; attributes: {names}"
            raise UsageError(f"{msg}. Name one of these, or build the corpus with --attribute {attribute}")
        few = tuple(sorted(value for value, owners in groups.items() if len(owners) < min_groups))
        values = {OTHER if value in few else value for value in groups}
        return cls(attribute, tuple(sorted(values)), _revealing_texts(attribute, cases), few)

    def label(self, case: Case) -> int | None:
        """The index of a case's value in `values`; None when it has none, or one that was never learned.

        Example:
            >>> from lexiscope.core import Provenance
            >>> side = Target("side", ("left", "right"))
            >>> side.label(Case("a", "patient", Provenance("table"), attributes={"side": "right"}))
            1
        """
        if self.attribute not in case.attributes:
            return None
        value = str(case.attributes[self.attribute])
        if self.rare and value not in self.values:
            value = OTHER
        return self.values.index(value) if value in self.values else None

    def states(self, passage: Passage) -> bool:
        """Check whether a passage states this attribute; in doubt it does."""
        if self.attribute in passage.states or self.reveals(passage):
            return True
        words = normalise(passage.text)
        names = {self.attribute, *self.values, *self.rare} - ({OTHER} if self.rare else set())
        named = [normalise(_JOINED.sub(" ", name)) for name in names]
        glued = words.replace(" ", "")
        return any(f" {name} " in f" {words} " or (len(name) >= _GLUED and name in glued) for name in named)

    def reveals(self, passage: Passage) -> bool:
        """Check whether a passage is template text that only ever stands beside one value.

        Example:
            >>> target = Target("kind", ("benign", "malignant"), revealing=frozenset({"no sign of malignancy"}))
            >>> target.reveals(Passage("report", "No sign of malignancy."))
            True
        """
        return normalise(passage.text) in self.revealing

    def words_of(self, value: str) -> str:
        """A value as it would be written in a sentence.

        Example:
            >>> Target("lesion_side", ("left_lobe", "right_lobe")).words_of("left_lobe")
            'left lobe'
        """
        return _JOINED.sub(" ", value)

    def others(self, case: Case) -> dict[str, float | str]:
        """All attributes of a case but this one, for a baseline of what they alone would predict.

        Example:
            >>> from lexiscope.core import Provenance
            >>> case = Case("a", "patient", Provenance("table"), attributes={"side": "left", "age": 61})
            >>> Target("side", ("left", "right")).others(case)
            {'age': 61.0}
        """
        return {
            name: float(value) if isinstance(value, int | float) else value
            for name, value in case.attributes.items()
            if name != self.attribute
        }


@dataclass(frozen=True, slots=True)
class Unstated:
    """Passages of a case that do not state a target: the only form in which a classifier takes text.

    Raises:
        LeakageError: one of them states it.
    """

    target: Target
    passages: tuple[Passage, ...]

    def __post_init__(self) -> None:
        stating = next((passage for passage in self.passages if self.target.states(passage)), None)
        if stating is not None:
            msg = f"expected text that does not state {self.target.attribute!r}, got {stating.text!r}"
            raise LeakageError(f"{msg}; take Unstated.of(target, case), which leaves such text out")

    @classmethod
    def of(cls, target: Target, case: Case) -> "Unstated":
        """Passages of a case less those that state the target.

        Example:
            >>> from lexiscope.core import Provenance
            >>> words = (Passage("caption", "A lesion on the left."), Passage("caption", "A bright lesion."))
            >>> case = Case("a", "patient", Provenance("table"), texts=words)
            >>> [passage.text for passage in Unstated.of(Target("side", ("left", "right")), case).passages]
            ['A bright lesion.']
        """
        return cls(target, tuple(passage for passage in case.statements if not target.states(passage)))


def labelled(target: Target, cases: Iterable[Case]) -> tuple[list[Case], list[int]]:
    """The cases that have one of the target's values, and the index of it in `values` for each.

    Example:
        >>> from lexiscope.core import Provenance
        >>> cases = [Case(name, name, Provenance("table"), attributes={"side": name}) for name in ("right", "middle")]
        >>> kept, labels = labelled(Target("side", ("left", "right")), cases)
        >>> [case.id for case in kept], labels
        (['right'], [1])
    """
    pairs = [(case, label) for case in cases if (label := target.label(case)) is not None]
    return [case for case, _ in pairs], [label for _, label in pairs]


def _revealing_texts(attribute: str, cases: Sequence[Case]) -> frozenset[str]:
    groups: dict[str, set[str]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        for passage in case.statements if attribute in case.attributes else ():
            words = normalise(passage.text)
            groups[words].add(case.group)
            values[words].add(str(case.attributes[attribute]))
    return frozenset(words for words, beside in values.items() if len(beside) == 1 and len(groups[words]) >= MANY)
