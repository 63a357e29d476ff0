"""`Correction`: what a person said instead, of which case, when, and what was said before."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.core.json_types import to_json
from lexiscope.core.storable import check_name, check_text

HUMAN = "human"
_DEEPEST = 64  # levels of lists and objects in it
_LONGEST = 1 << 16  # bytes of a prediction's value that are kept; of more, such as run lengths of a mask, the hash


class Value(Protocol):
    """A corrected value: `CorrectedCaption`, `CorrectedAnswer`, `CorrectedAttribute` or `CorrectedMask`."""

    kind: ClassVar[str]

    @property
    def subject(self) -> str:
        """What is corrected, in a word or two."""
        ...

    def require(self, case: Case) -> None:
        """Refuse a value that does not fit the case."""
        ...

    def before(self, case: Case) -> Any:
        """What the case said before, as JSON types; None where it said nothing."""
        ...

    def holds(self, case: Case) -> bool:
        """True where the case, as it is now, can take the value."""
        ...


@dataclass(frozen=True, slots=True)
class CorrectedPrediction:
    """What a model said that was corrected.

    Args:
        task: Name of the task.
        model: Fingerprint of the model.
        said: Value of the prediction, as JSON types; {"sha256": ...} of one of more than 64 KiB or 64 levels.
    """

    task: str
    model: str
    said: Any = None

    def __post_init__(self) -> None:
        check_name("task of a corrected prediction", self.task)
        check_name("model of a corrected prediction", self.model)

    @classmethod
    def of(cls, prediction: Mapping[str, Any], *, model: str) -> "CorrectedPrediction":
        """The prediction of a model, in the form of `Prediction.to_dict`.

        Args:
            prediction: The prediction; its task and its value are kept.
            model: Fingerprint of the model.

        Raises:
            UsageError: it names no task.

        Example:
            >>> CorrectedPrediction.of({"task": "caption", "case": "a", "value": "A disc."}, model="12ab").said
            'A disc.'
        """
        if not isinstance(prediction.get("task"), str):
            msg = f"expected a prediction with its task, got {sorted(prediction)}"
            raise UsageError(f"{msg}; give it in the form in which it was printed")
        try:
            said = to_json(prediction.get("value"))
            text = json.dumps(said)
        except (TypeError, RecursionError) as error:
            msg = f"expected the value of a prediction as plain JSON, got one that cannot be written ({error})"
            raise UsageError(f"{msg}; give it in the form in which it was printed") from error
        if len(text) > _LONGEST or _levels(text) > _DEEPEST:
            said = {"sha256": sha256_json(said)}
        return cls(prediction["task"], model, said)


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction, as it lies in a corpus's `corrections/`.

    Args:
        number: Its place among the corrections of the corpus, from 1 on; the newest of the same thing counts.
        case: Id of the case.
        value: The corrected value.
        before: What the case said before, as JSON types; None where it said nothing.
        time: When it was saved, ISO 8601 in UTC.
        by: Name of the person, where it was given.
        corrects: The prediction that it corrects; None where it corrects the case itself.
        note: Remark of the person.
        author: "human".
    """

    number: int
    case: str
    value: Value
    before: Any
    time: str
    by: str | None = None
    corrects: CorrectedPrediction | None = None
    note: str | None = None
    author: str = HUMAN

    def __post_init__(self) -> None:
        for what in ("by", "note"):
            if getattr(self, what) is not None:
                check_text(f"{what!r} of a correction", getattr(self, what))

    @property
    def kind(self) -> str:
        """Kind of what is corrected: "caption", "answer", "attribute" or "mask"."""
        return self.value.kind

    @property
    def step(self) -> str:
        """The step that it adds to the provenance of its case."""
        return f"{self.value.subject} corrected by a human on {self.time[:10]} (correction {self.number})"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        record = asdict(self)
        return {"number": record.pop("number"), "case": record.pop("case"), "kind": self.kind, **record}


def _levels(text: str) -> int:
    """Levels of lists and objects in JSON, or more where its words hold brackets."""
    level = deepest = 0
    for sign in text:
        level += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, level)
    return deepest
