"""Label images of a layout -> masks of structures: `label_files` gives them all, `with_structures` those of a case."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Encoded, ImageFile, Rejected
from lexiscope.sources.named_masks import NamedMasks
from lexiscope.sources.naming import unused
from lexiscope.sources.scans.nifti.layouts import Layout, Scans
from lexiscope.sources.scans.nifti.volumes import read_volume, scan_files


def label_files(layout: Layout) -> Iterator[tuple[str, Path | Encoded]]:
    """Every label image of a layout with its name; those that cannot be read are left out."""
    for name in layout.names():
        for label, file in layout.labels(name).items():
            try:
                yield label, read_volume(layout.root, file).image.origin
            except SourceError:
                continue


def with_structures(scans: Scans, layout: Layout, name: str, named: NamedMasks) -> Scans:
    """The scans of a case with a mask for each structure in place of its label images.

    Args:
        scans: Scans of the case as the layout gives them.
        layout: The layout.
        name: Name of the case.
        named: Names of the structures.
    """
    files = layout.labels(name) if scans.masks else {}
    masks: dict[str, ImageFile] = {}
    steps: list[str] = []
    rejected: list[Rejected] = []
    for label, file in scans.masks.items():
        try:
            made, notes = named.masks(label, file, known=scans.structures.get(label, ()))
        except SourceError as error:
            path = layout.root / files[label]
            rejected.append(Rejected(str(path), str(error), error.remedy, scan_files(path)))
            continue
        masks |= {unused(structure, masks): mask for structure, mask in made.items()}
        steps += notes
    return replace(scans, masks=masks, steps=(*scans.steps, *steps), rejected=(*scans.rejected, *rejected))
