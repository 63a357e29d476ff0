"""`ProfileBook`: the profiles of a corpus, learned so that no case reads what its own mask taught.

Cases outside the part that is learned from, such as those of "val" and "test", read what all of it taught. The groups
of the part itself are dealt into folds, and a case reads what the other folds taught: its sentences err as often as
those about a new case.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.corpus.part import CorpusPart
from lexiscope.language.instructions.appearance import look_at
from lexiscope.language.instructions.case_images import images_key, read_case_images, read_mask
from lexiscope.language.instructions.learning import learn_profile
from lexiscope.language.instructions.profile import VERSION, StructureProfile
from lexiscope.language.instructions.studied_case import StudiedCase, study

_FOLDS = 5
_WITH, _WITHOUT = 64, 32  # cases that have a structure, and that lack it, which are studied at most


@dataclass(frozen=True, slots=True)
class _Annotated:
    """A case that can be learned from: id, group, hash of its images, structure -> content of its mask."""

    id: str
    group: str
    images: str
    masks: Mapping[str, str]


@dataclass(frozen=True)
class ProfileBook:
    """Profiles of the structures of a corpus; each is learned when it is asked for, and once.

    Args:
        part: Cases that are learned from.
        structures: Names of the structures.
        progress: Called with the cases looked at so far.
    """

    part: CorpusPart
    structures: tuple[str, ...]
    progress: Progress | None = None

    def key(self, structure: str, group: str | None) -> str:
        """Hash of what the profile is learned from, without learning it.

        Args:
            structure: Name of the structure.
            group: Group of the case that reads the profile; None for nobody's.
        """
        return self._keys[structure, self._folds.get(group or "")]

    def profile(self, structure: str, group: str | None) -> StructureProfile | None:
        """What the structure looks like; None where no mask of another group shows it.

        Args:
            structure: Name of the structure.
            group: Group of the case that reads the profile; None for nobody's.
        """
        fold = self._folds.get(group or "")
        if (structure, fold) not in self._learned:
            studied = [case for case in self._studied[structure] if fold is None or self._folds[case.group] != fold]
            key = self._keys[structure, fold]
            self._learned[structure, fold] = learn_profile(structure, studied, key=key)
        return self._learned[structure, fold]

    @cached_property
    def _learned(self) -> dict[tuple[str, int | None], StructureProfile | None]:
        return {}

    @cached_property
    def _annotated(self) -> list[_Annotated]:
        """Annotated cases in an order that depends on their names alone, so that the first are a fair draw."""
        entries = [_annotated(case, self.structures) for case in self.part.cases() if case.images]
        return sorted((entry for entry in entries if entry.masks), key=lambda entry: sha256_json(entry.id))

    @cached_property
    def _folds(self) -> dict[str, int]:
        groups = sorted({entry.group for entry in self._annotated}, key=sha256_json)
        return {group: place % _FOLDS for place, group in enumerate(groups)}

    @cached_property
    def _keys(self) -> dict[tuple[str, int | None], str]:
        folds = (None, *range(_FOLDS))
        return {(structure, fold): self._key(structure, fold) for structure in self.structures for fold in folds}

    def _key(self, structure: str, fold: int | None) -> str:
        learned = sorted(
            [entry.images, entry.masks[structure], entry.group]
            for entry in self._annotated
            if structure in entry.masks and (fold is None or self._folds[entry.group] != fold)
        )
        return sha256_json([VERSION, structure, learned])

    @cached_property
    def _studied(self) -> dict[str, list[StudiedCase]]:
        """Structure -> cases that were looked at; each image is read once for all structures."""
        studied: dict[str, list[StudiedCase]] = {name: [] for name in self.structures}
        counts: Counter[tuple[str, bool]] = Counter()
        for done, entry in enumerate(self._annotated, start=1):
            wanted = [name for name in entry.masks if not _is_full(counts, name)]
            if wanted:
                self._study(entry, wanted, studied, counts)
            if self.progress:
                self.progress(done, len(self._annotated), "annotated cases looked at")
        return studied

    def _study(
        self,
        entry: _Annotated,
        wanted: list[str],
        studied: dict[str, list[StudiedCase]],
        counts: Counter[tuple[str, bool]],
    ) -> None:
        corpus = self.part.corpus
        case = corpus[entry.id]
        images = read_case_images(corpus, case.images)
        masks = {name: read_mask(corpus, case.masks[name], images.shape) for name in wanted}
        masks = {name: mask for name, mask in masks.items() if counts[name, bool(mask.any())] < _most(bool(mask.any()))}
        if not masks:
            return
        seen = look_at(images)
        for name, mask in masks.items():
            learned = study(seen, mask, group=entry.group)
            studied[name].append(learned)
            counts[name, bool(mask.any())] += 1


def _annotated(case: Case, structures: tuple[str, ...]) -> _Annotated:
    masks = {name: mask.content for name, mask in case.masks.items() if name in structures}
    return _Annotated(case.id, case.group, images_key(case.images), masks)


def _most(present: bool) -> int:
    return _WITH if present else _WITHOUT


def _is_full(counts: Counter[tuple[str, bool]], structure: str) -> bool:
    return counts[structure, True] >= _WITH and counts[structure, False] >= _WITHOUT
