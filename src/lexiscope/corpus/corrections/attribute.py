"""`CorrectedAttribute`: the value that a person gives to an attribute of a case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from lexiscope.core.case import Case, Scalar
from lexiscope.core.errors import UsageError
from lexiscope.core.storable import check_facts, check_name
from lexiscope.corpus.corrections.correction import Correction


@dataclass(frozen=True, slots=True)
class CorrectedAttribute:
    """A new value of an attribute.

    Args:
        name: Name of the attribute.
        value: Its value; None where it is not known, so that the case has no such attribute.

    Raises:
        CaseError: no name, or a value that no corpus can store.
    """

    name: str
    value: Scalar | None
    kind: ClassVar[str] = "attribute"

    def __post_init__(self) -> None:
        check_name("name of an attribute", self.name)
        if not self.name.strip():
            raise UsageError("an attribute needs a name, got an empty one; name the attribute")
        if self.value is not None:
            check_facts("corrected attribute", {self.name: self.value})

    @property
    def subject(self) -> str:
        """What is corrected, in a word or two.

        Example:
            >>> CorrectedAttribute("grade", 3).subject
            "attribute 'grade'"
        """
        return f"attribute {self.name!r}"

    def require(self, case: Case) -> None:
        """Refuse words in place of a number, and the other way round: what learns from it could not tell them apart.

        Raises:
            UsageError: a value of another kind than before.
        """
        old = case.attributes.get(self.name)
        if old is None or self.value is None or _sort(old) == _sort(self.value):
            return
        msg = f"attribute {self.name!r} of case {case.id} must be {_sort(old)} like {old!r}, got {self.value!r}"
        raise UsageError(f"{msg}; write it so")

    def before(self, case: Case) -> Scalar | None:
        """The value of before; None where the case has no such attribute."""
        return case.attributes.get(self.name)

    def holds(self, case: Case) -> bool:  # noqa: ARG002 - as of every kind
        """True: any case can have any attribute."""
        return True


def with_attributes(case: Case, corrections: Sequence[Correction]) -> Case:
    """The case with the attributes that people gave it.

    Args:
        case: The case as a source gives it, or as it was corrected before.
        corrections: Corrections of its attributes, the oldest first.
    """
    attributes: dict[str, Scalar | None] = dict(case.attributes)
    for correction in corrections:
        assert isinstance(correction.value, CorrectedAttribute)
        attributes[correction.value.name] = correction.value.value
    return replace(case, attributes={name: value for name, value in attributes.items() if value is not None})


def _sort(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "text" if isinstance(value, str) else "a number"
