"""`Interpretation`: what methods found in everything that a model is, with what was left out and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lexiscope.core.json_types import to_json
from lexiscope.interpret.result import Result


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A method that could not be used on a subject, or a part of a model that could not be opened.

    Args:
        name: Name of the method or of the part.
        reason: Sentence that says why, and what to do about it.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class InterpretedSubject:
    """One subject with what each method found in it.

    Args:
        name: What it is, in words.
        fingerprint: Hash of its weights and settings.
        inputs: What can be taken away from its cases.
        fusion: Place where its modalities meet; None where it has none.
        score: What its score is, in words.
        cases: Number of cases that it was interpreted on.
        groups: Number of groups that they belong to.
        results: Results, in the order of the methods.
        left_out: Methods that could not be used.
        meanings: Input -> what it is, where its name does not say it.
        drawn: Where the cases were drawn from more of them, how many, from how many and with which seed, in words.
    """

    name: str
    fingerprint: str
    inputs: tuple[str, ...]
    fusion: str | None
    score: str
    cases: int
    groups: int
    results: tuple[Result, ...]
    left_out: tuple[LeftOut, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    drawn: str = ""

    def result(self, method: str) -> Result:
        """Result of one method.

        Raises:
            KeyError: it was not used.
        """
        return {result.method: result for result in self.results}[method]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        names = ("name", "fingerprint", "inputs", "fusion", "score", "cases", "groups", "drawn")
        told = {name: getattr(self, name) for name in names}
        results = [result.to_dict() for result in self.results]
        return to_json({**told, "results": results, "left_out": [asdict(one) for one in self.left_out]})


@dataclass(frozen=True, slots=True)
class Interpretation:
    """All subjects of a model, interpreted on the same split.

    Args:
        subjects: Subjects with their results.
        left_out: Parts of the model that could not be opened.
        notes: Sentences that a reader of the numbers must know.
        about: Versions of data and model, split, seed, installed packages.
    """

    subjects: tuple[InterpretedSubject, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: Sequence[str] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def findings(self) -> list[str]:
        """All sentences that the numbers support."""
        return [finding for subject in self.subjects for result in subject.results for finding in result.findings]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return to_json(
            {
                "about": self.about,
                "notes": list(self.notes),
                "subjects": [subject.to_dict() for subject in self.subjects],
                "left_out": [asdict(one) for one in self.left_out],
            }
        )
