"""`NamedMasks`: the label images of one data set -> one binary mask a structure, called the same in every case.

What a structure is called, the first that holds:

1. what the user says (`--structure`); other values are left out, and a step says so;
2. what the data set says: `dataset.json`, `dseg.tsv`, a column of classes; the same;
3. one value in all label images of a name: the files stay as they are, called like their label image;
4. up to `MOST_UNNAMED` values: "label 1", "label 2" ...; more are refused: they number instances or are an atlas.

Every structure that is named has a mask in every case with a label image; one that does not occur there has an empty
one: it was annotated and is absent. For 3 and 4, and for more than
`MOST_UNNAMED` names in 2, every label image of the data set is read once before the first case.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Encoded, ImageFile
from lexiscope.sources.label_image import LabelImage, read_label_image
from lexiscope.sources.structures import ANY, Structure, given_structures

MOST_UNNAMED = 20

LabelFiles = Iterable[tuple[str, Path | Encoded]]


class NamedMasks:
    """Names of the structures of a data set.

    Args:
        option: Structures by name, as `given_structures` takes them.
        labels: Names of the label images of each case, such as "mask".
        known: Name of a label image -> structures that the data set names.
        files: Gives every label image of the data set with its name; called once at most.

    Raises:
        UsageError: a structure that is given makes no sense, or does not say in which label image it is.
    """

    def __init__(
        self,
        option: Mapping[str, Sequence[str]],
        *,
        labels: Iterable[Collection[str]],
        known: Mapping[str, tuple[Structure, ...]] | None = None,
        files: Callable[[], LabelFiles] = tuple,
    ) -> None:
        by_case = list(map(tuple, labels))
        self._labels = sorted({label for names in by_case for label in names})
        self._is_alone = all(len(names) <= 1 for names in by_case)
        self._given = _placed(given_structures(option), self._labels, is_alone=self._is_alone)
        self._known = known or {}
        self._files = files

    def masks(
        self, label: str, file: ImageFile, *, known: Sequence[Structure] = ()
    ) -> tuple[dict[str, ImageFile], tuple[str, ...]]:
        """Masks of one label image by structure, and what was done to make them.

        Args:
            label: Name of the label image.
            file: The label image.
            known: Structures that the data set names for this case alone.

        Raises:
            SourceError: the label image cannot be read, or holds too many values that nobody names.
        """
        image = read_label_image(file.origin)
        named = self._given.get(label) or self._listed(label, known or self._known.get(label, ()))
        structures = named or self._unnamed(label)
        if structures is None:
            return {label: file if _is_mask(image) else image.write(image.values > 0)}, image.steps
        if len(structures) == 1 and _is_mask(image, structures[0].values):
            renamed = () if structures[0].name == label else (f"label image {label}: called {structures[0].name}",)
            return {structures[0].name: file}, renamed
        masks = {structure.name: image.write(image.marked(structure)) for structure in structures}
        return masks, (*image.steps, *_said(label, image, structures))

    def _listed(self, label: str, known: Sequence[Structure]) -> tuple[Structure, ...]:
        """Structures that the data set names; of a long list, such as an atlas's, those that occur anywhere in it."""
        if len(known) <= MOST_UNNAMED:
            return tuple(known)
        values = self._values[label]
        return tuple(structure for structure in known if structure.values is None or structure.values & values)

    def _unnamed(self, label: str) -> tuple[Structure, ...] | None:
        """Structures of a label image that nobody names; None where its files are masks already."""
        values = self._values[label]
        if len(values) <= 1:
            return None
        if len(values) > MOST_UNNAMED:
            shown = ", ".join(map(str, sorted(values)[:3]))
            msg = f"the label images {label!r} hold more than {MOST_UNNAMED} values ({shown}, ...) that nobody names"
            remedy = (
                f"numbers of instances: --structure NAME='{ANY}'; classes: --structure NAME=VALUE for those you need"
            )
            raise SourceError(msg, remedy=remedy)
        prefix = "label" if self._is_alone else label
        return tuple(Structure(f"{prefix} {value}", frozenset({value})) for value in sorted(values))

    @cached_property
    def _values(self) -> Mapping[str, set[int]]:
        """Name of a label image -> values that occur in the data set; what cannot be read is said with its case."""
        values: dict[str, set[int]] = defaultdict(set)
        for label, origin in self._files():
            try:
                values[label].update(read_label_image(origin).present())
            except SourceError:
                continue
        return values


def _placed(
    given: Mapping[str, tuple[Structure, ...]], labels: Sequence[str], *, is_alone: bool
) -> dict[str, tuple[Structure, ...]]:
    """Structures by the name of their label image; those that name none belong to the only one of each case."""
    if given and not labels:
        raise UsageError("--structure names values of label images, and this source has none; leave it out")
    unknown = next((file for file in given if file and file not in labels), None)
    if unknown is not None:
        msg = f"--structure {unknown}:... names no label image of this source"
        raise UsageError(f"{msg}. Label images: {', '.join(labels)}")
    if "" in given and not is_alone:
        first = given[""][0].name
        msg = f"--structure {first} must say in which label image it is: {', '.join(labels)}"
        raise UsageError(f"{msg}; write --structure FILE:{first}=VALUE")
    placed: dict[str, tuple[Structure, ...]] = {}
    for file, structures in given.items():
        for label in [file] if file else labels:
            placed[label] = (*placed.get(label, ()), *structures)
    return placed


def _is_mask(image: LabelImage, values: frozenset[int] | None = None) -> bool:
    """True for a file that shows one structure already, of these values or of any, and can stay as it is."""
    present = image.present()
    return image.exact and not image.steps and len(present) <= 1 and (values is None or values.issuperset(present))


def _said(label: str, image: LabelImage, structures: Sequence[Structure]) -> tuple[str, ...]:
    made = f"label image {label}: masks {', '.join(map(str, structures))} made from it"
    if any(structure.values is None for structure in structures):
        return (made,)
    named = frozenset[int]().union(*(structure.values or () for structure in structures))
    left = [value for value in image.present() if value not in named]
    if not left:
        return (made,)
    shown = ", ".join(map(str, left[:MOST_UNNAMED])) + (", ..." if len(left) > MOST_UNNAMED else "")
    return made, f"label image {label}: values without a name left out: {shown}"


__all__ = ["MOST_UNNAMED", "LabelFiles", "NamedMasks"]
