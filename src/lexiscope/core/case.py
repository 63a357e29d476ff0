"""`Case`: an examined thing, and everything that is known about it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from lexiscope.core.errors import CaseError
from lexiscope.core.image import Image
from lexiscope.core.passage import Passage
from lexiscope.core.storable import check_all, check_facts, check_name, check_text
from lexiscope.core.turn import Span, Turn

Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of a case: its source, its licence, and every step applied to it.

    Args:
        source: Name of the source that read it, such as "jats" or "table".
        licence: Licence as the source states it; "unknown" when it states none.
        locator: Facts that find the original again: file, row, figure label, DOI, page, box.
        steps: Steps that were applied, in order.
    """

    source: str
    licence: str = "unknown"
    locator: Mapping[str, Scalar | list[float]] = field(default_factory=dict)
    steps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name("the source of a case", self.source)
        if not self.source.strip():
            raise CaseError("provenance needs the name of its source, got an empty one")


@dataclass(frozen=True, slots=True)
class Case:
    """One examined thing: a visit, a figure, a specimen.

    A case has any number of modalities and any of them may be missing; a case without images or without text is a
    normal state everywhere.

    Args:
        id: Name that is unique in a corpus.
        group: The patient, paper or specimen. Splits, negatives and confidence intervals go by it.
        provenance: Origin, licence and steps.
        images: Modality -> image.
        masks: Structure -> mask on the grid of one of the case's images; every value above 0 shows it. An empty mask
            says that the structure was searched for and is absent; without a mask nobody searched for it.
        texts: Passages that are written about it.
        turns: Questions and answers about it.
        attributes: Facts by name: age, grade, material.
        split: "train", "val", "test" or any name of the user's own; None before splitting.

    Raises:
        CaseError: empty id or group, an image filed under another modality, evidence outside the texts, or a value
            that no corpus can store.
    """

    id: str
    group: str
    provenance: Provenance
    images: Mapping[str, Image] = field(default_factory=dict)
    masks: Mapping[str, Image] = field(default_factory=dict)
    texts: tuple[Passage, ...] = ()
    turns: tuple[Turn, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    split: str | None = None

    def __post_init__(self) -> None:
        self._check_types()
        if not self.id.strip():
            raise CaseError("a case needs an id, got an empty one; name the column or file that identifies it")
        if not self.group.strip():
            msg = f"case {self.id} needs a group (patient, paper or specimen), got an empty one"
            raise CaseError(f"{msg}; use its id when there is none")
        if self.split is not None and not self.split.strip():
            raise CaseError(f"split of case {self.id} must be a name, got an empty one; use None before splitting")
        for filed_as, image in [*self.images.items(), *self.masks.items()]:
            if image.modality != filed_as:
                msg = f"case {self.id} files an image of {image.modality!r} under {filed_as!r}; use one name"
                raise CaseError(msg)
        for span in chain.from_iterable(turn.evidence for turn in self.turns):
            if span.passage >= len(self.texts) or span.end > len(self.texts[span.passage].text):
                msg = f"evidence {span} of case {self.id} points outside its {len(self.texts)} passages"
                raise CaseError(msg)

    def _check_types(self) -> None:
        check_name("id of a case", self.id)
        check_name(f"group of case {self.id}", self.group)
        if self.split is not None:
            check_name(f"split of case {self.id}", self.split)
        check_facts(f"attributes of case {self.id}", self.attributes)
        check_all(f"texts of case {self.id}", self.texts, Passage)
        check_all(f"turns of case {self.id}", self.turns, Turn)
        check_text(f"licence of case {self.id}", self.provenance.licence)
        check_facts(f"locator of case {self.id}", self.provenance.locator, lists=True)
        check_all(f"steps of case {self.id}", self.provenance.steps, str)

    @property
    def statements(self) -> tuple[Passage, ...]:
        """Passages that say something about the case: all but instructions, which say what to look for in it."""
        return tuple(passage for passage in self.texts if passage.kind != "instruction")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the inverse of `Case.from_dict`.

        Example:
            >>> case = Case("visit-7", "patient-3", Provenance("bids"))
            >>> Case.from_dict(case.to_dict()) == case
            True
        """
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Case":
        """Build a case from `to_dict`'s form, checking every field again.

        Raises:
            CaseError: a field is missing, unknown or makes no sense.
        """
        try:
            return cls(
                **{
                    **record,
                    "provenance": _provenance(record["provenance"]),
                    "images": {name: _image(image) for name, image in record.get("images", {}).items()},
                    "masks": {name: _image(image) for name, image in record.get("masks", {}).items()},
                    "texts": tuple(_passage(text) for text in record.get("texts", ())),
                    "turns": tuple(_turn(turn) for turn in record.get("turns", ())),
                }
            )
        except (KeyError, TypeError, AttributeError) as error:
            got = sorted(record) if isinstance(record, Mapping) else type(record).__name__
            msg = f"expected the fields of a Case, got {got}: {error}; compare with Case.to_dict()"
            raise CaseError(msg) from error


def _image(record: Mapping[str, Any]) -> Image:
    spacing = record.get("spacing")
    fields = {**record, "shape": tuple(record["shape"]), "spacing": None if spacing is None else tuple(spacing)}
    return Image(**fields)


def _passage(record: Mapping[str, Any]) -> Passage:
    lists = {name: _listed(record.get(name)) for name in ("states", "modalities")}
    return Passage(**{**record, **lists})


def _turn(record: Mapping[str, Any]) -> Turn:
    return Turn(**{**record, "evidence": tuple(Span(**span) for span in record.get("evidence") or ())})


def _provenance(record: Mapping[str, Any]) -> Provenance:
    return Provenance(**{**record, "steps": _listed(record.get("steps"))})


def _listed(values: Any) -> Any:
    """A list as a tuple, nothing as an empty one; text stays text, which the nouns refuse."""
    return values if isinstance(values, str) else tuple(values or ())
