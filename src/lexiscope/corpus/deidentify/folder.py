"""`deidentify_folder`: a folder of DICOM files -> a folder without identifiers, and an audit log."""

import io
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.files import write_beside, write_json
from lexiscope.corpus.deidentify.burned import FindText, blank_text, is_flagged
from lexiscope.corpus.deidentify.clean import clean_dataset
from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.sources.dicom.files import find_files, quietly, read_dataset
from lexiscope.sources.dicom.pseudonym import Pseudonyms

Progress: TypeAlias = Callable[[int, int | None, str], None]

AUDIT = "audit.json"
_PLACE = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
_REMEDY = "leave it out, or clean it by hand"


@dataclass(frozen=True, slots=True)
class DeidentifyReport:
    """What was done; it holds no value of any tag.

    Args:
        written: Files written.
        refused: (input file, why) of those that were not.
        actions: "PatientBirthDate emptied" -> how often.
        blanked: Stretches of burned-in text that were blanked.
        unchecked: Written images whose pixels nobody searched for burned-in text.
    """

    written: int
    refused: tuple[tuple[str, str], ...]
    actions: dict[str, int]
    blanked: int
    unchecked: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def deidentify_folder(
    folder: Path | str,
    out: Path | str,
    *,
    key: Path | None = None,
    find_text: FindText | None = None,
    characteristics: bool = False,
    progress: Progress | None = None,
) -> DeidentifyReport:
    """Copy every DICOM image below `folder` to `out` without identifiers: DICOM PS3.15 annex E, basic profile.

    UIDs are replaced and dates shifted by keyed hash, the same in all files of a run, so series and segmentations stay
    together and the days between visits stay true. Before a file is written, its bytes are searched for every
    identifier that the original held; one that survives refuses the file. `audit.json` in `out` counts what was done.

    Args:
        out: Must not exist, or be empty.
        key: A file of secret bytes; the same key gives the same stand-ins in a later run. Without it the key is drawn
            anew and forgotten, so nobody can link the output to the patients.
        find_text: Finds burned-in text, which is blanked. Without it images that say they have some are refused, and
            the others are counted as unchecked.
        characteristics: Keep age, sex, size and weight.

    Raises:
        UsageError: `out` holds something, or there is no DICOM file.
    """
    folder, out = Path(folder), Path(out)
    files = list(find_files(folder)) if folder.exists() else []
    if not files:
        raise UsageError(f"expected DICOM files in {folder}, found none; check the path")
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"expected a new or empty folder, got {out}, which holds files; name another")
    pseudonyms = Pseudonyms.from_file(key) if key else Pseudonyms(secrets.token_bytes(32))
    run = _Run(pseudonyms, out, find_text, characteristics)
    for done, path in enumerate(files, start=1):
        run.take(path)
        if progress is not None:
            progress(done, len(files), "files")
    report = run.report()
    reasons = Counter(reason for _, reason in report.refused)
    write_json(out / AUDIT, {**report.to_dict(), "refused": dict(reasons)})  # input paths may hold names
    return report


class _Run:
    """One run: the secrets it works with and what it did so far."""

    def __init__(self, pseudonyms: Pseudonyms, out: Path, find_text: FindText | None, characteristics: bool) -> None:
        self._pseudonyms = pseudonyms
        self._out = out
        self._find_text = find_text
        self._characteristics = characteristics
        self._actions: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._refused: list[tuple[str, str]] = []
        self._written = self._blanked = self._unchecked = 0

    def take(self, path: Path) -> None:
        """De-identify one file, or note why not."""
        try:
            dataset, _ = read_dataset(path, pixels=True)
            with quietly():
                self._write(dataset, path)
        except SourceError as error:
            self._refused.append((str(path), str(error).replace(path.name, "the file")))
        except Exception as error:  # a damaged value fails where it is converted; the words would quote it
            self._refused.append((str(path), f"a value in it makes no sense ({type(error).__name__})"))

    def report(self) -> DeidentifyReport:
        """What was done so far."""
        actions = dict(sorted(self._actions.items()))
        return DeidentifyReport(self._written, tuple(self._refused), actions, self._blanked, self._unchecked)

    def _write(self, dataset: Any, path: Path) -> None:
        _refuse_without_pixels(dataset)
        if not dataset.get("SOPInstanceUID"):
            dataset.SOPInstanceUID = self._pseudonyms.uid(str(path))
        identifiers = Identifiers.of(dataset)
        blanked = self._blank(dataset)
        actions = clean_dataset(dataset, self._pseudonyms, identifiers, characteristics=self._characteristics)
        stream = io.BytesIO()
        implicit, little = dataset.original_encoding
        dataset.save_as(stream, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
        data = stream.getvalue()
        survivors = identifiers.in_bytes(data) + identifiers.in_dataset(dataset)
        if survivors:
            raise SourceError(f"{survivors} identifiers would survive in the output", remedy=_REMEDY)
        with write_beside(self._target(dataset)) as part:
            part.write_bytes(data)
        self._actions += actions
        self._written += 1
        self._blanked += blanked
        self._unchecked += self._find_text is None

    def _target(self, dataset: Any) -> Path:
        """Patient / study / series / instance, by their stand-ins; files that share an instance stay apart."""
        place = self._out.joinpath(*(str(dataset.get(field) or "none") for field in _PLACE))
        uid = str(dataset.SOPInstanceUID)
        self._seen[uid] += 1
        return place / (f"{uid}.dcm" if self._seen[uid] == 1 else f"{uid}_{self._seen[uid]}.dcm")

    def _blank(self, dataset: Any) -> int:
        if self._find_text is not None and "PixelData" in dataset and int(dataset.get("BitsAllocated") or 0) >= 8:
            return blank_text(dataset, self._find_text)
        if is_flagged(dataset):
            msg = "the header says that text is burned into the picture, and nothing here searches for it"
            raise SourceError(msg, remedy="install lexiscope[ocr] and pass --ocr")
        return 0


def _refuse_without_pixels(dataset: Any) -> None:
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise SourceError("it is no image: reports and documents are free text, which no table can clean")
