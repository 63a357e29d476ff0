"""`BidsSource`: a BIDS data set -> one case a session."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.annotated import AnnotatedOption, with_annotated
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.formats.nifti import refuse_series
from lexiscope.sources.named_masks import NamedMasks
from lexiscope.sources.naming import unused
from lexiscope.sources.paths import inside
from lexiscope.sources.pixels import find_format
from lexiscope.sources.scans.bids.masks import image_under, label_files, mask_files, mask_label, structures_of
from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.scans.bids.participants import ParticipantFacts, facts_by
from lexiscope.sources.scans.bids.rows_of_folders import FolderRows, rows_of_folders
from lexiscope.sources.scans.bids.sidecars import acquisition_of
from lexiscope.sources.scans.bids.tree import Session, files_of, sessions_of, telling_entities
from lexiscope.sources.steady import read_input
from lexiscope.sources.structures import StructureOption
from lexiscope.sources.unread import with_unread

_DESCRIPTION = "dataset_description.json"


@dataclass(frozen=True, slots=True)
class BidsSource:
    """One case a session, or a subject without sessions; the group is the subject.

    A modality is called like its suffix (T1w, FLAIR), with `ce-...` and whatever else tells two images of one session
    apart. Time series and diffusion series are refused: a case holds one moment. Masks (`_mask`, `_dseg`), also those
    in `derivatives/`, are kept where they lie on the grid of an image. Attributes, texts and splits come from
    participants.tsv and sub-*_sessions.tsv.

    A `_dseg` was searched for every structure that its `dseg.tsv` or `structures` names: one whose values do not occur
    gets an empty mask (absent). A session without a file says nothing about its structures (not annotated), unless
    `annotated` names them.

    Args:
        path: BIDS data set: a folder with `dataset_description.json` and `sub-*` folders.
        licence: Licence of cases that state none.
        structures: Structure of the label images with its values, "," between them, or "*" for every value but 0, such
            as numbers of instances; FILE:NAME where cases have several label images. Without it what the data say.
        annotated: Structure that every case was searched for: where a case has no mask of it, it is absent.
    """

    name: ClassVar[str] = "bids"

    path: Path
    licence: str = field(default="unknown", kw_only=True)
    structures: StructureOption = field(default_factory=dict, kw_only=True)
    annotated: AnnotatedOption = field(default=(), kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A folder with `dataset_description.json` and at least one subject."""
        return path.is_dir() and (path / _DESCRIPTION).is_file() and any(path.glob("sub-*/"))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a session, by subject.

        Raises:
            UsageError: this is no BIDS data set, or its description is damaged.
        """
        if not self.detect(self.path):
            raise UsageError(f"expected {_DESCRIPTION} and sub-* folders in {self.path}, found none; check the path")
        labels = [{mask_label(name) for _, name in mask_files(self.path, one)} for one in sessions_of(self.path)]
        masks = NamedMasks(self.structures, labels=labels, files=lambda: label_files(self.path))
        items = with_annotated(self._drafts(_described(self.path), masks), self.annotated, self.path)
        return with_unread(items, self.path, reader=self.name, besides=(".tsv",))

    def _drafts(self, licence: str, masks: NamedMasks) -> Iterator[Draft | Rejected]:
        table = self.path / "participants.tsv"
        rows, rejected = facts_by(table, "participant_id")
        subjects = dict.fromkeys(session.subject for session in sessions_of(self.path))
        people = rows_of_folders(rows, subjects, prefix="sub-", table=table)
        yield from (*rejected, *people.rejected)
        telling = telling_entities(self.path)
        visits = FolderRows()
        subject = ""
        for session in sessions_of(self.path):
            if session.subject != subject:
                subject = session.subject
                visits, rejected = self._visits(subject)
                yield from (*rejected, *visits.rejected)
            known = people.facts.get(subject)
            facts = (known or ParticipantFacts()) | visits.facts.get(session.session, ParticipantFacts())
            steps = [] if known or not rows else [f"no row of {subject} in participants.tsv"]
            named = ((people, subject), (visits, session.session))
            steps += [of.steps[name] for of, name in named if name in of.steps]
            yield from _Reading(self.path, session, telling, masks).draft(facts, licence or self.licence, tuple(steps))

    def _visits(self, subject: str) -> tuple[FolderRows, list[Rejected]]:
        table = self.path / subject / f"{subject}_sessions.tsv"
        rows, rejected = facts_by(table, "session_id")
        sessions = [path.name for path in (self.path / subject).glob("ses-*") if path.is_dir()]
        return rows_of_folders(rows, sessions, prefix="ses-", table=table), rejected


class _Reading:
    """One session while it is read."""

    def __init__(self, root: Path, session: Session, telling: Mapping[str, frozenset[str]], named: NamedMasks) -> None:
        self._root = root
        self._session = session
        self._telling = telling
        self._named = named
        self._labels: dict[str, Path] = {}
        self._images: dict[str, ImageFile] = {}
        self._masks: dict[str, ImageFile] = {}
        self._steps: list[str] = []

    def draft(self, facts: ParticipantFacts, licence: str, steps: tuple[str, ...]) -> Iterator[Draft | Rejected]:
        """Rejected files of the session, then its case; a session whose images are all refused is none."""
        refused = [*self._take(self._files(), self._image)]
        refused += self._take(list(mask_files(self._root, self._session)), self._mask) if self._images else ()
        yield from refused
        if self._images:
            yield Draft(
                id=self._session.id,
                group=self._session.subject,
                provenance=Provenance(
                    source=BidsSource.name,
                    licence=licence,
                    locator={"folder": self._session.id},
                    steps=(*self._steps, *steps),
                ),
                images=self._images,
                masks=self._masks,
                texts=facts.texts,
                attributes=facts.attributes,
                split=facts.split,
                files=tuple(self._labels.values()),
            )
        elif not refused:
            yield Rejected(str(self._root / self._session.id), "the session has no image", "add its scans")

    def _files(self) -> list[tuple[str, BidsName]]:
        return [(file, name) for file, name in files_of(self._root, self._session) if not name.is_mask]

    def _take(self, files: list[tuple[str, BidsName]], take: Any) -> Iterator[Rejected]:
        for file, name in files:
            try:
                self._require_own(name)
                take(file, name)
            except SourceError as error:
                yield Rejected(str(self._root / file), str(error), error.remedy)

    def _require_own(self, name: BidsName) -> None:
        """Refuse a file whose name says another subject or session than its folder: one of them is wrong."""
        for key, folder in (("sub", self._session.subject), ("ses", self._session.session)):
            stated = f"{key}-{name.entities.get(key)}"
            if folder and key in name.entities and stated != folder:
                raise SourceError(f"its name says {stated}, its folder {folder}", remedy="rename or move the file")

    def _image(self, file: str, name: BidsName) -> None:
        path = inside(self._root, file)
        modality = name.label(self._telling.get(name.suffix, frozenset()))
        if modality in self._images:
            raise SourceError(f"the session has {modality} twice, compressed and not", remedy="keep one of the files")
        if find_format(path) == "nifti":
            refuse_series(path)
        self._images[modality] = ImageFile(path)
        if acquired := acquisition_of(self._root, file, name):
            self._steps.append(f"{modality} was acquired with {acquired}")

    def _mask(self, file: str, name: BidsName) -> None:
        paths = {modality: image.origin for modality, image in self._images.items() if isinstance(image.origin, Path)}
        nifti = {modality: path for modality, path in paths.items() if find_format(path) == "nifti"}
        under = image_under(self._root, file, nifti)
        label = mask_label(name)
        if label in self._labels:
            raise SourceError(f"the session has a mask {label} already; the first counts", remedy="leave one out")
        path = inside(self._root, file)
        made, steps = self._named.masks(label, ImageFile(path), known=structures_of(self._root, file, name, label))
        self._labels[label] = path
        for structure, mask in made.items():
            own = unused(structure, self._masks)
            self._masks[own] = mask
            self._steps.append(f"mask {own} lies on {under}")
        self._steps += steps


def _described(root: Path) -> str:
    """The licence that the data set's description states; empty when it states none."""
    try:
        record = json.loads(read_input(root / _DESCRIPTION).decode("utf-8"))
        return str(record.get("License") or "")
    except (SourceError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"expected a JSON object in {root / _DESCRIPTION}: {error}; repair it") from error
