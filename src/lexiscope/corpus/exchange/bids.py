"""The Brain Imaging Data Structure (https://bids-specification.readthedocs.io): a subject a group, a session a case.

Holds NIfTI volumes whose modality has a BIDS suffix, masks as derivatives, and in sub-*_sessions.tsv the case's name,
its split, its attributes and the first text of each kind. Other images, further texts and turns stay behind; a case
without a volume that BIDS has a name for is left out. `sources.bids` reads it back, with the names of BIDS.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.files import new_directory, write_json
from lexiscope.core.image import Image
from lexiscope.core.passage import PASSAGE_KINDS
from lexiscope.core.progress import Progress
from lexiscope.corpus.exchange.form import ExportReport, Form, suffix_of
from lexiscope.corpus.store import Corpus
from lexiscope.sources.scans.bids import BidsSource

_VERSION = "1.9.0"
_SUFFIXES = {
    "t1": "T1w", "t1w": "T1w", "t2": "T2w", "t2w": "T2w", "flair": "FLAIR", "pd": "PDw", "pdw": "PDw",
    "t2star": "T2starw", "t2starw": "T2starw", "inplanet2": "inplaneT2", "angio": "angio",
}  # fmt: skip
_CONTRAST = frozenset({"ce", "contrast", "gd", "gadolinium", "post", "postcontrast"})
_CONTRASTED = frozenset({"t1c", "t1ce", "t1gd"})
_DERIVED = Path("derivatives") / "lexiscope"


def _write(corpus: Corpus, out: Path, progress: Progress | None) -> ExportReport:
    columns = _columns(corpus)
    subjects, sessions = _Labels("sub"), _Labels("ses")
    left_out: Counter[str] = Counter()
    left_behind: Counter[str] = Counter()
    licences: set[str] = set()
    written = 0
    with new_directory(out) as folder:
        for case in corpus:
            named = _named(case)
            if not named:
                left_out["without a volume that BIDS has a name for"] += 1
                continue
            labels = (subjects.of(case.group), sessions.of(case.id))
            _copy(corpus, named, folder, labels)
            _copy_masks(corpus, case, folder, labels)
            _note(folder, labels, case, columns)
            kinds = {text.kind for text in case.texts}
            left_behind.update(images=len(case.images) - len(named), texts=len(case.texts) - len(kinds))
            left_behind.update(turns=len(case.turns))
            licences.add(case.provenance.licence)
            written += 1
            if progress is not None:
                progress(written, len(corpus), "cases")
        report = ExportReport.of(written, left_out, left_behind)
        if not written:
            raise UsageError(f"no case of {corpus.path} fits BIDS ({report.reason}); export it as parquet")
        _describe(folder, out.name, licences, subjects)
    return report


class _Labels:
    """Letters and digits for names, different for different ones."""

    def __init__(self, prefix: str) -> None:
        self.names: dict[str, str] = {}
        self._prefix = prefix
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        """The label of a name, such as `sub-p1`."""
        if name not in self.names:
            base = re.sub(r"[^A-Za-z0-9]", "", name.removeprefix(f"{self._prefix}-")) or "x"
            label = next(candidate for candidate in _numbered(base) if candidate.lower() not in self._taken)
            self._taken.add(label.lower())
            self.names[name] = f"{self._prefix}-{label}"
        return self.names[name]


def _numbered(base: str) -> Iterable[str]:
    yield base
    number = 2
    while True:
        yield f"{base}x{number}"
        number += 1


def _named(case: Case) -> dict[str, Image]:
    """BIDS name without subject and session (`ce-gadolinium_T1w`) -> image, for those that BIDS has a name for."""
    named: dict[str, Image] = {}
    for modality, image in case.images.items():
        agent, suffix = _agent_and_suffix(modality)
        if image.format != "nifti" or image.channels != 1 or not suffix:
            continue
        name, run = f"{agent}{suffix}", 1
        while name in named:
            run += 1
            name = f"{agent}run-{run}_{suffix}"
        named[name] = image
    return named


def _agent_and_suffix(modality: str) -> tuple[str, str]:
    """Entity of the contrast agent, if there is one, and suffix of BIDS, empty where it has none."""
    words = set(re.split(r"[^a-z0-9]+", modality.lower()))
    suffixes = {_SUFFIXES[word] for word in words & _SUFFIXES.keys()}
    if words & _CONTRASTED:
        suffixes.add("T1w")
    suffix = "FLAIR" if "FLAIR" in suffixes else min(suffixes, default="")
    return "ce-gadolinium_" if words & (_CONTRAST | _CONTRASTED) else "", suffix


def _copy(corpus: Corpus, named: Mapping[str, Image], folder: Path, labels: tuple[str, str]) -> None:
    anatomy = folder.joinpath(*labels, "anat")
    anatomy.mkdir(parents=True)
    for name, image in named.items():
        path = corpus.checked_path(image)
        shutil.copyfile(path, anatomy / f"{'_'.join(labels)}_{name}{suffix_of(path)}")


def _copy_masks(corpus: Corpus, case: Case, folder: Path, subject_session: tuple[str, str]) -> None:
    labels = _Labels("desc")
    for structure, mask in case.masks.items():
        if mask.format == "nifti":
            path = corpus.checked_path(mask)
            anatomy = folder / _DERIVED / Path(*subject_session) / "anat"
            anatomy.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, anatomy / f"{'_'.join(subject_session)}_{labels.of(structure)}_mask{suffix_of(path)}")


def _columns(corpus: Corpus) -> list[str]:
    """Columns of the tables of sessions: those that any case needs."""
    attributes: set[str] = set()
    kinds: set[str] = set()
    for case in corpus:
        attributes |= case.attributes.keys()
        kinds |= {text.kind for text in case.texts}
    return [*sorted(attributes - {"case", "split", "session_id"}), *(kind for kind in PASSAGE_KINDS if kind in kinds)]


def _note(folder: Path, labels: tuple[str, str], case: Case, columns: list[str]) -> None:
    """Add the case's row to the table of its subject's sessions."""
    table = folder / labels[0] / f"{labels[0]}_sessions.tsv"
    texts = {text.kind: text.text for text in reversed(case.texts)}
    cells: Mapping[str, Any] = {**case.attributes, **texts}
    row = [labels[1], case.id, case.split or "n/a", *(_cell(cells.get(column)) for column in columns)]
    header = "" if table.exists() else "\t".join(["session_id", "case", "split", *columns]) + "\n"
    with table.open("a", encoding="utf-8") as stream:
        stream.write(header + "\t".join(map(_cell, row)) + "\n")


def _cell(value: Any) -> str:
    """A value in one line: BIDS tables know no quotes around tabs and line ends."""
    text = "" if value is None else " ".join(str(value).replace('"', "'").split())
    return text or "n/a"


def _describe(folder: Path, name: str, licences: set[str], subjects: _Labels) -> None:
    described = {"Name": name, "BIDSVersion": _VERSION, "License": licences.pop() if len(licences) == 1 else "mixed"}
    described |= {"DatasetType": "raw"}
    write_json(folder / "dataset_description.json", described)
    if (folder / _DERIVED).is_dir():
        made = {**described, "DatasetType": "derivative", "GeneratedBy": [{"Name": "lexiscope"}]}
        write_json(folder / _DERIVED / "dataset_description.json", made)
    rows = "".join(f"{label}\t{_cell(group)}\n" for group, label in subjects.names.items())
    (folder / "participants.tsv").write_text(f"participant_id\tsource_group\n{rows}", encoding="utf-8")


BIDS = Form(_write, BidsSource)
