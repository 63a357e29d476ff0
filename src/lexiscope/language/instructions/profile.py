"""`StructureProfile`: what a structure looks like and where it lies, learned from the masks of many cases together."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from lexiscope.core.errors import UsageError

_SHOWN = 0.15  # overlap with the masks below which a region found says nothing of the structure
_CLEAR = 0.5  # of the overlap of all modalities together that one alone must reach to show anything
VERSION = 1  # of how profiles are learned; another one makes every profile and sentence anew


ALL = ""  # the key of the fit for all modalities together


@dataclass(frozen=True, slots=True)
class Fit:
    """How the tables of a profile are summed, and what counts as the structure.

    Args:
        weights: Aspect -> weight of its table in the sum.
        threshold: Sum above which a voxel counts as the structure.
        evidence: Logarithm of the evidence below which a region is no clear structure.
        overlap: Mean overlap (DSC) with the masks that it was fitted to.
    """

    weights: Mapping[str, float]
    threshold: float
    evidence: float
    overlap: float


@dataclass(frozen=True, slots=True)
class StructureProfile:
    """What is known of a structure; of no single case of those it was learned from.

    Args:
        structure: Name of the structure.
        modalities: Modalities that it was learned from.
        tables: Aspect -> logarithm of how much more frequent each look is inside the structure than elsewhere, by the
            number of its cell (see `appearance`).
        fits: "" -> how the tables are summed where several modalities are there; modality -> how, where it is alone.
        scattered: True for many separate pieces, such as nuclei; of others the largest pieces are meant.
        smallest: Share of the body that a region has at least.
        contrast: Modality -> how much brighter than its surroundings it is, in interquartile ranges of the body.
        size: Shares of the body that it takes: the lower decile, the median and the upper decile.
        place: Axis ("z", "y", "x") -> shares of cases whose centre lies in the low, middle and high third.
        in_patient_axes: True where these axes are the patient's: head, front, right.
        present: Share of the annotated cases that have it.
        cases: Cases that it was learned from.
        groups: Groups of these cases.
        key: Hash of what it was learned from.

    Example:
        >>> fits = {ALL: Fit({"intensity:sem": 1.0}, 1.0, 0.0, 0.9)}
        >>> profile = StructureProfile("crack", ("sem",), {"intensity:sem": [0.5]}, fits)
        >>> StructureProfile.from_dict(profile.to_dict()) == profile
        True
    """

    structure: str
    modalities: tuple[str, ...]
    tables: Mapping[str, list[float]]
    fits: Mapping[str, Fit]
    scattered: bool = False
    smallest: float = 0.0
    contrast: Mapping[str, float] = field(default_factory=dict)
    size: tuple[float, float, float] = (0.0, 0.0, 0.0)
    place: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    in_patient_axes: bool = False
    present: float = 1.0
    cases: int = 0
    groups: int = 0
    key: str = ""

    def fit_for(self, modalities: Collection[str]) -> Fit | None:
        """The fit for these modalities; None where they hardly show the structure, so that nothing is made up.

        Args:
            modalities: Modalities that are there.
        """
        whole, known = self.fits[ALL], [name for name in modalities if name in self.modalities]
        if len(known) != 1 or len(self.modalities) == 1:
            return whole if whole.overlap >= _SHOWN else None
        alone = self.fits.get(known[0])
        return alone if alone and alone.overlap >= _CLEAR * whole.overlap else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the inverse of `from_dict`."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Build from `to_dict`'s form.

        Raises:
            UsageError: fields are missing or unknown, or another version wrote it.
        """
        try:
            fields = dict(record)
            version = fields.pop("version")
            place = {axis: tuple(shares) for axis, shares in fields.pop("place").items()}
            fields |= {name: tuple(fields[name]) for name in ("modalities", "size")}
            fits = {name: Fit(**fit) for name, fit in fields.pop("fits").items()}
            made = cls(**fields, fits=fits, place=place)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise UsageError(
                f"expected the profile of a structure, got something else: {error}; learn it anew"
            ) from error
        if version != VERSION:
            raise UsageError(f"expected a profile of version {VERSION}, got {version}; write the instructions again")
        return made
