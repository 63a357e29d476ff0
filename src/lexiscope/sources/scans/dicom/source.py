"""`DicomSource`: a folder of any mix of DICOM files -> one case a study."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.annotated import AnnotatedOption, with_annotated
from lexiscope.sources.draft import Draft, Rejected
from lexiscope.sources.naming import slug
from lexiscope.sources.scans.dicom.belonging import StudyFiles, studies_of
from lexiscope.sources.scans.dicom.files import find_files, is_dicom
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.instance import Instance
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms
from lexiscope.sources.scans.dicom.stand_in_paths import stand_in, without_paths
from lexiscope.sources.scans.dicom.study import Study, read_study
from lexiscope.sources.unread import with_unread

_GLANCE = 1000  # files of a folder that detection looks at
_INDEX = "DICOMDIR"


@dataclass(frozen=True, slots=True)
class DicomSource:
    """One case a study, one image a volume or picture of it; the group is the patient.

    Neither PatientID nor any UID nor a path reaches the corpus: keyed hashes stand in for them. Headers are read first,
    then one study at a time.

    A segment that a segmentation describes and does not show gets an empty mask (absent). A study without a
    segmentation of a structure says nothing about it (not annotated), unless `annotated` names it.

    Args:
        path: Folder with DICOM files in it or below, or one file.
        licence: Licence of cases that state none.
        key: File of secret bytes behind the ids of DICOM patients. Without it ids are the same everywhere, which suits
            public data; who can guess a PatientID can then confirm the guess.
        keep_paths: Name files and folders of the source as they are called. Without it they go by stand-ins, since they
            are often called after patients.
        annotated: Structure that every case was searched for: where a case has no mask of it, it is absent.
    """

    name: ClassVar[str] = "dicom"

    path: Path
    licence: str = field(default="unknown", kw_only=True)
    key: Path | None = field(default=None, kw_only=True)
    keep_paths: bool = field(default=False, kw_only=True)
    annotated: AnnotatedOption = field(default=(), kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A DICOM file, or a folder with one in it or below, by the first bytes."""
        return any(is_dicom(file) for file in islice(_walk(path), _GLANCE))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """First what is no image, by path; then the studies, by their first file's path.

        Raises:
            UsageError: there is no DICOM file, or the key file cannot be used.
        """
        if not self.path.exists() or next(find_files(self.path), None) is None:
            raise UsageError(f"expected DICOM files in {self.path}, found none; check the path")
        pseudonyms = Pseudonyms.from_file(self.key)
        annotated = [slug(name, default=name) for name in self.annotated]  # as its segments are called
        items = with_annotated(self._drafts(pseudonyms), annotated, self.path)
        if self.keep_paths:
            return with_unread(items, self.path, reader=self.name)
        named = (without_paths(item, self.path, pseudonyms) for item in items)
        return with_unread(named, self.path, reader=self.name, shown=lambda path: stand_in(path, self.path, pseudonyms))

    def _drafts(self, pseudonyms: Pseudonyms) -> Iterator[Draft | Rejected]:
        instances: list[Instance] = []
        for path in find_files(self.path):
            if path.name.upper() == _INDEX:
                continue
            try:
                instances.append(read_instance(path))
            except SourceError as error:
                yield Rejected(str(path), str(error), error.remedy)
        studies = studies_of(instances, self.path)
        instances.clear()
        while studies:
            files = studies.pop(0)
            study = read_study(files.instances, self.path)
            paths = tuple(instance.path for instance in files.instances)
            yield from (replace(rejected, files=paths) for rejected in study.rejected)
            if study.images:
                yield self._draft(study, files, pseudonyms)

    def _draft(self, study: Study, files: StudyFiles, pseudonyms: Pseudonyms) -> Draft:
        first = files.instances[0]
        case = pseudonyms.name("study", files.name)
        patient = pseudonyms.name("patient", first.patient) if first.patient else case
        folder = first.path.parent.relative_to(self.path).as_posix() if self.path.is_dir() else "."
        unnamed = () if first.patient else ("no PatientID: the study is a group of its own",)
        return Draft(
            id=f"{patient}/{case}" if first.patient else case,
            group=patient,
            provenance=Provenance(
                source=self.name,
                licence=self.licence,
                locator={"folder": folder, "files": study.files},
                steps=(*files.steps, *study.steps, *unnamed),
            ),
            images=study.images,
            masks=study.masks,
            attributes=first.attributes or {},
            files=tuple(instance.path for instance in files.instances),
        )


def _walk(path: Path) -> Iterator[Path]:
    return iter([path]) if path.is_file() else (file for file in path.rglob("*") if file.is_file())
