"""`nifti`: scans as NIfTI files, several modalities a case, with masks and a table of clinical facts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.annotated import AnnotatedOption, with_annotated
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.named_masks import NamedMasks
from lexiscope.sources.scans.nifti.case_table import CaseFacts, join_column, read_facts, sole_table
from lexiscope.sources.scans.nifti.layouts import DECATHLON, Layout, Scans, data_sets, find_layout
from lexiscope.sources.scans.nifti.structures import label_files, with_structures
from lexiscope.sources.structures import StructureOption
from lexiscope.sources.tables.rows import TABLE_SUFFIXES
from lexiscope.sources.unread import with_unread


@dataclass(frozen=True, slots=True)
class NiftiSource:
    """One case a folder, an entry of `dataset.json` or a file of `images/`, with what a table says about it.

    A case with a label image was searched for every structure that is named: one whose values do not occur gets an
    empty mask (absent), a case without a label image none (not annotated). In case folders a mask file that is missing
    says nothing, unless `annotated` names it.

    Args:
        path: Folder of case folders (or of one folder of them), of patients' folders with sessions in them, of scans
            called after case and sequence (`p1_t1.nii.gz`), of `images/` and `labels/`, of nnU-Net's raw layout, or
            with an MSD `dataset.json`.
        table: Table of facts about a folder of scans, joined on the case's name; without it the only table in the
            folder, or the one beside it that has its name.
        licence: Licence of cases that state none.
        structures: Structure of the label images with its values, "," between them, or "*" for every value but 0, such
            as numbers of instances; FILE:NAME where cases have several label images. Without it what the data say.
        annotated: Structure that every case was searched for: where a case has no mask of it, it is absent.
    """

    name: ClassVar[str] = "nifti"

    path: Path
    table: Path | None = field(default=None, kw_only=True)
    licence: str = field(default="unknown", kw_only=True)
    structures: StructureOption = field(default_factory=dict, kw_only=True)
    annotated: AnnotatedOption = field(default=(), kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """Folders or names that say the cases of scans, `images/` with scans or labels, or a `dataset.json`."""
        return (path / DECATHLON).is_file() or find_layout(path) is not None or len(data_sets(path)) > 1

    def drafts(self) -> Iterator[Draft | Rejected]:
        """First the cases of the table in its order, then those that it does not name.

        Raises:
            UsageError: no layout of NIfTI files is known here, or no column of the table names the cases.
        """
        layout = find_layout(self.path)
        if layout is None and (sets := data_sets(self.path)):
            names = ", ".join(sets)
            raise UsageError(f"expected one data set, got {len(sets)} in {self.path}: {names}; build each by itself")
        if layout is None:
            expected = (
                "case folders with .nii, .nii.gz, .mgz or .hdr files, images/ and labels/, or an MSD dataset.json"
            )
            raise UsageError(f"expected {expected} in {self.path}, found none of them; check the path")
        table = self.table or sole_table(self.path)
        masks = self._masks(layout)
        items = self._without_table(layout, masks) if table is None else self._with_table(layout, table, masks)
        return with_unread(
            with_annotated(items, self.annotated, self.path), self.path, reader=self.name, besides=TABLE_SUFFIXES
        )

    def _masks(self, layout: Layout) -> NamedMasks:
        labels = [tuple(layout.labels(name)) for name in layout.names()]
        known = dict.fromkeys(chain.from_iterable(labels), layout.structures)
        return NamedMasks(self.structures, labels=labels, known=known, files=lambda: label_files(layout))

    def _without_table(self, layout: Layout, masks: NamedMasks) -> Iterator[Draft | Rejected]:
        yield from layout.strays()
        for name in layout.names():
            yield from self._of_case(layout, masks, CaseFacts(name))

    def _with_table(self, layout: Layout, table: Path, masks: NamedMasks) -> Iterator[Draft | Rejected]:
        names = frozenset(layout.names())
        return self._joined(layout, table, join_column(table, names), names, masks)

    def _joined(
        self, layout: Layout, table: Path, column: str, names: frozenset[str], masks: NamedMasks
    ) -> Iterator[Draft | Rejected]:
        yield from layout.strays()
        waiting = dict.fromkeys(sorted(names))
        for facts in read_facts(table, column):
            if isinstance(facts, Rejected):
                yield facts
            elif facts.name in waiting:
                del waiting[facts.name]
                yield from self._of_case(layout, masks, facts)
            else:
                yield self._unmatched(facts, table, seen=facts.name in names)
        for name in waiting:
            yield from self._of_case(layout, masks, CaseFacts(name, steps=(f"no row in {table.name}",)))

    def _of_case(self, layout: Layout, masks: NamedMasks, facts: CaseFacts) -> Iterator[Draft | Rejected]:
        try:
            scans = with_structures(layout.scans(facts.name), layout, facts.name, masks)
        except SourceError as error:
            yield Rejected(str(layout.root / facts.name), str(error), error.remedy, layout.files(facts.name))
            return
        yield from scans.rejected
        if scans.images:
            yield self._draft(scans, facts)
        elif not scans.rejected:
            yield Rejected(
                str(layout.root / scans.place),
                "the case has masks but no image",
                "add its scans; a scan that is called like a label image needs another name",
                layout.files(facts.name),
            )

    def _draft(self, scans: Scans, facts: CaseFacts) -> Draft:
        return Draft(
            id=facts.name,
            group=facts.group or scans.group or facts.name,
            provenance=Provenance(
                source=self.name,
                licence=facts.licence or scans.licence or self.licence,
                locator={"folder": scans.place, **facts.locator},
                steps=(*scans.steps, *facts.steps),
            ),
            images=scans.images,
            masks=scans.masks,
            texts=facts.texts,
            attributes=facts.attributes,
            split=facts.split or scans.split,
            files=scans.files,
        )

    @staticmethod
    def _unmatched(facts: CaseFacts, table: Path, *, seen: bool) -> Rejected:
        where = f"{table}:{facts.locator['row']}"
        if seen:
            return Rejected(where, f"case {facts.name} stands in the table twice; the first row counts", "keep one row")
        return Rejected(where, f"case {facts.name} has no scans", "add its folder or remove the row")
