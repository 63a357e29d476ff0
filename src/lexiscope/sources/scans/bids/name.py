"""`BidsName`: the name of a BIDS file, taken apart into entities, suffix and extension."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"(?P<entities>(?:[a-zA-Z0-9]+-[^_.]+_)*)(?P<suffix>[a-zA-Z0-9]+)(?P<extension>\..+)")


@dataclass(frozen=True, slots=True)
class BidsName:
    """`sub-01_ce-gad_T1w.nii.gz` is entities sub=01 and ce=gad, suffix T1w, extension .nii.gz."""

    entities: Mapping[str, str]
    suffix: str
    extension: str

    @classmethod
    def parse(cls, name: str) -> "BidsName | None":
        """The parts of a file name; None when it does not follow BIDS.

        Example:
            >>> BidsName.parse("sub-01_ce-gadolinium_T1w.nii.gz")
            BidsName(entities={'sub': '01', 'ce': 'gadolinium'}, suffix='T1w', extension='.nii.gz')
        """
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        pairs = (pair.partition("-") for pair in match["entities"].split("_") if pair)
        return cls({key: value for key, _, value in pairs}, match["suffix"], match["extension"])

    @property
    def is_mask(self) -> bool:
        """True when the suffix is that of a mask or of a label image."""
        return self.suffix in ("mask", "dseg", "roi", "defacemask")

    def label(self, keys: frozenset[str]) -> str:
        """The suffix, with those of its entities that `keys` names: `T1w_ce-gad`."""
        return "_".join((self.suffix, *(f"{key}-{value}" for key, value in self.entities.items() if key in keys)))
