"""`deidentify_folder`: a folder of DICOM files -> a folder without identifiers, and an audit log."""

import io
import os
import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.files import new_directory, write_json
from lexiscope.core.progress import Progress
from lexiscope.corpus.deidentify.burned import FindText, blank_text, is_flagged, may_show_text
from lexiscope.corpus.deidentify.clean import OWN_WORDS, clean_dataset
from lexiscope.corpus.deidentify.comments import strip_comments
from lexiscope.corpus.deidentify.identifiers import Identifiers
from lexiscope.corpus.deidentify.unused_bits import clear_unused_bits
from lexiscope.corpus.deidentify.verify import inflated, verify_output
from lexiscope.sources.scans.dicom.decode import transfer_syntax
from lexiscope.sources.scans.dicom.files import find_files, quietly, read_dataset
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms
from lexiscope.sources.unread import closed_folders

AUDIT = "audit.json"
_PLACE = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
_REMEDY = "leave it out, or clean it by hand"
_UNTOLD = "not told here, since the reason may quote an identifier"


@dataclass(frozen=True, slots=True)
class DeidentifyReport:
    """Counts of a de-identification; it holds no value of any tag.

    Args:
        written: Number of files written.
        refused: (input file, why) of those that were not.
        actions: "PatientBirthDate emptied" -> how often.
        blanked: Stretches of burned-in text that were blanked.
        unchecked: Written images whose pixels nobody searched for burned-in text.
        searched: Identifiers of all input files; none of them stands in any output file.
    """

    written: int
    refused: tuple[tuple[str, str], ...]
    actions: dict[str, int]
    blanked: int
    unchecked: int
    searched: int

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
    together and the days between visits stay true. The identifiers of all files are collected first. Before a file is
    written, its bytes are searched for every one of them, and one that survives refuses the file; at the end all that
    was written is read from the disk and searched again. Only then it becomes `out`, whole: a run that dies, or finds
    something in that search, leaves nothing to pass on. `audit.json` in `out` counts what was done.

    Args:
        out: Must not exist, or be empty.
        key: A file of secret bytes; the same key gives the same stand-ins in a later run. Without it the key is drawn
            anew and forgotten, so nobody can link the output to the patients.
        find_text: Finds burned-in text, which is blanked. Without it images that say they have some are refused, and
            the others are counted as unchecked.
        characteristics: Keep age, sex, size and weight.

    Raises:
        UsageError: `out` holds something, or there is no DICOM file.
        LexiscopeError: an identifier survived in what was written, or another process writes to `out`.
        OSError: nothing more can be written.
    """
    folder, out = Path(folder), Path(out)
    files = list(find_files(folder)) if folder.exists() else []
    closed = closed_folders(folder) if folder.is_dir() else []
    if not files:
        unread = f"; {len(closed)} folders in it cannot be read ({closed[0][1]})" if closed else ""
        raise UsageError(f"expected DICOM files in {folder}, found none{unread}; check the path and your rights")
    if os.path.lexists(out) and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"expected a new or empty folder, got {out}, which holds files or is none; name another")
    pseudonyms = Pseudonyms.from_file(key) if key else Pseudonyms(secrets.token_bytes(32))
    identifiers = _identifiers_of(files, progress)
    with new_directory(out) as part:
        run = _Run(pseudonyms, part, find_text, characteristics, identifiers)
        for done, path in enumerate(files, start=1):
            run.take(path)
            if progress is not None:
                progress(done, len(files), "files")
        for path, why in closed:
            run.refuse(path, f"is a folder that cannot be read: {why}")
        run.end()
    return run.report()


def _identifiers_of(files: list[Path], progress: Progress | None) -> Identifiers:
    """Identifiers of all files; a file that cannot be read is refused later, and says so then."""
    long: set[str] = set()
    short: set[str] = set()
    for done, path in enumerate(files, start=1):
        with suppress(Exception), quietly():
            identifiers = Identifiers.of(read_dataset(path)[0])
            long |= identifiers.long
            short |= identifiers.short
        if progress is not None:
            progress(done, len(files), "headers")
    return Identifiers(frozenset(long), frozenset(short))


class _Run:
    """One run: the secrets it works with and what it did so far."""

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        out: Path,
        find_text: FindText | None,
        characteristics: bool,
        identifiers: Identifiers,
    ) -> None:
        self._pseudonyms = pseudonyms
        self._out = out
        self._find_text = find_text
        self._characteristics = characteristics
        self._actions: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._refused: list[tuple[str, str]] = []
        self._identifiers = identifiers
        self._dates: dict[Path, frozenset[str]] = {}
        self._blanked = self._unchecked = 0

    def take(self, path: Path) -> None:
        """De-identify one file, or note why not."""
        try:
            dataset, _ = read_dataset(path, pixels=True)
            with quietly():
                target, data = self._cleaned(dataset, path)
        except SourceError as error:
            self._refused.append((str(path), str(error).replace(path.name, "the file")))
        except Exception as error:  # a damaged value fails where it is converted; the words would quote it
            self._refused.append((str(path), f"a value in it makes no sense ({type(error).__name__})"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def refuse(self, path: Path, reason: str) -> None:
        """Note what was left out, and why."""
        self._refused.append((str(path), reason))

    def report(self) -> DeidentifyReport:
        """Report of the files written so far."""
        actions = dict(sorted(self._actions.items()))
        refused, searched = tuple(self._refused), len(self._identifiers)
        return DeidentifyReport(len(self._dates), refused, actions, self._blanked, self._unchecked, searched)

    def end(self) -> None:
        """Write the audit log, then read all that was written and search it again."""
        reasons = Counter(self._untold(reason) for _, reason in self._refused)  # input paths may hold names
        write_json(self._out / AUDIT, {**self.report().to_dict(), "refused": dict(reasons)})
        # The log's own words are those of DICOM and of this package; a patient may be called like one of them.
        words = " ".join([*self._actions, *DeidentifyReport.__slots__, _UNTOLD])
        log = {self._out / AUDIT: self._identifiers.found_in(words.encode())}
        verify_output(self._out, self._identifiers, besides={**self._dates, **log})

    def _untold(self, reason: str) -> str:
        return _UNTOLD if self._identifiers.found_in(reason.encode()) else reason

    def _cleaned(self, dataset: Any, path: Path) -> tuple[Path, bytes]:
        """Place and bytes of the copy without identifiers."""
        _refuse_without_pixels(dataset)
        _refuse_unwritable(dataset)
        if not dataset.get("SOPInstanceUID"):
            dataset.SOPInstanceUID = self._pseudonyms.uid(str(path))
        self._identifiers |= Identifiers.of(dataset)
        stripped = _strip_pixels(dataset)
        blanked, searched = self._blank(dataset)
        identifiers, characteristics = self._identifiers, self._characteristics
        actions, dates = clean_dataset(dataset, self._pseudonyms, identifiers, characteristics=characteristics)
        stream = io.BytesIO()
        implicit, little = dataset.original_encoding
        dataset.save_as(stream, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
        data = stream.getvalue()
        allowed = dates | identifiers.found_in(OWN_WORDS.encode())
        survivors = identifiers.in_bytes(inflated(data), besides=allowed) + identifiers.in_dataset(dataset)
        if survivors:
            raise SourceError(f"{survivors} identifiers would survive in the output", remedy=_REMEDY)
        target = self._target(dataset)
        self._dates[target] = allowed
        self._actions += actions + stripped
        self._blanked += blanked
        self._unchecked += not searched
        return target, data

    def _target(self, dataset: Any) -> Path:
        """Patient / study / series / instance, by their stand-ins; files that share an instance stay apart."""
        folder = self._out.joinpath(*(str(dataset.get(field) or "none") for field in _PLACE))
        uid = str(dataset.SOPInstanceUID)
        self._seen[uid] += 1
        return folder / (f"{uid}.dcm" if self._seen[uid] == 1 else f"{uid}_{self._seen[uid]}.dcm")

    def _blank(self, dataset: Any) -> tuple[int, bool]:
        """Stretches of text that were blanked, and whether anybody looked for them."""
        if self._find_text is not None and may_show_text(dataset):
            return blank_text(dataset, self._find_text), True
        if is_flagged(dataset):
            msg = "the header says that text is burned into the picture, and nothing here searches for it"
            raise SourceError(msg, remedy="install lexiscope[ocr] and pass --ocr")
        return 0, False


def _refuse_unwritable(dataset: Any) -> None:
    kind = transfer_syntax(dataset)
    if not kind.is_transfer_syntax:
        msg = f"its transfer syntax {kind} is none that pydicom can write"
        raise SourceError(msg, remedy="convert the file to an uncompressed transfer syntax")


def _strip_pixels(dataset: Any) -> Counter[str]:
    """Remove what hides beside the pixels' values, and count it."""
    done = Counter({"compressed frames without comments": strip_comments(dataset)})
    done["words whose unused bits were emptied"] = clear_unused_bits(dataset)
    return +done


def _refuse_without_pixels(dataset: Any) -> None:
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise SourceError("it is no image: reports and documents are free text, which no table can clean")
