"""sources: what labs have -> drafts of cases.

In: folders and tables of papers, scans and images, all of them untrusted. Out: `Draft` (a case whose image files are
still where they were), `Rejected` (an input, the reason and the remedy) or `Unread` (a known file that no case uses),
one at a time. A source is a frozen dataclass: its path first, then its options; the command line is made from them.
`tables`, `papers` and `scans` hold the sources, `formats` and `pixels` read every image format, `paths` keeps inside
the source, `unread` lists what nobody read.

The rule behind all of them: a file that was read gives the right values, or it is named in `rejected.jsonl` with the
reason and the remedy; whatever was left out, split, merged, resampled, guessed or inverted is a step of the case's
provenance; a known file that nobody read is listed. So for every folder: known files = used + rejected + unread, which
`lexiscope.testing.sources` checks. A source of folders keeps it by giving its drafts through `with_unread`,
naming in `Draft.files` what no image or mask of the draft names as its origin.
"""

import logging
from pathlib import Path

from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import PluginError, SourceError, UsageError
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected, Unread
from lexiscope.sources.source import Source
from lexiscope.sources.unread import format_of, known_files, with_unread

__all__ = ["SOURCES", "Draft", "Encoded", "ImageFile", "Rejected", "Source", "Unread", "detect_source", "with_unread"]

_logger = logging.getLogger(__name__)

SOURCES = Catalog(
    "source",
    {
        "dicom": "lexiscope.sources.scans.dicom:DicomSource",
        "jats": "lexiscope.sources.papers.jats:JatsSource",
        "bids": "lexiscope.sources.scans.bids:BidsSource",
        "pdf": "lexiscope.sources.papers.pdf:PdfSource",
        "pmc": "lexiscope.sources.papers.pmc:PmcSource",
        "nifti": "lexiscope.sources.scans.nifti.source:NiftiSource",
        "micrograph": "lexiscope.sources.scans.micrograph:MicrographSource",
        "questions": "lexiscope.sources.tables.questions:QuestionsSource",
        "table": "lexiscope.sources.tables.table:TableSource",
        "images": "lexiscope.sources.images:ImagesSource",
        "simulated": "lexiscope.simulate.brain:SimulatedSource",
    },
)
_DETECTED = ("jats", "pdf", "bids", "nifti", "dicom")  # the most particular first
_GENERAL = ("questions", "table", "micrograph", "images")  # after those of other packages, which know one format


def detect_source(path: Path) -> str:
    """Name of the source that reads `path`.

    Raises:
        UsageError: nothing is there, or nothing in it is known.
    """
    if not path.exists():
        raise UsageError(f"expected papers, scans, a table or images at {path}, found nothing there; check the path")
    outside = [name for name in SOURCES if name not in SOURCES.built_in]
    name = next((name for name in (*_DETECTED, *outside, *_GENERAL) if _detects(name, path)), None)
    if name is not None:
        return name
    msg = (
        f"cannot tell what {path} holds: looked for article XML with an <article> root (jats), papers as .pdf (pdf), "
        "dataset_description.json with sub-* folders (bids), "
        "case folders with .nii or .nii.gz files or an MSD dataset.json (nifti), DICOM files (dicom), "
        "a .csv, .tsv or .jsonl file with columns image, question and answer (questions) or others (table), "
        "DM3, DM4, EMD, MRC, SER or BCF files (micrograph), images (images); "
        f"name one with --as {'|'.join((*_DETECTED, *outside, *_GENERAL))}"
    )
    raise UsageError(f"{msg}{_known_but_unread(path)}")


def _known_but_unread(path: Path) -> str:
    """Advice about the first known file, such as one that must be converted first; empty when there is none."""
    file = path if path.is_file() else next(known_files(path), None)
    known = format_of(file) if file is not None else None
    return f". {file.name} is {known.title}: {known.remedy}" if file is not None and known is not None else ""


def _detects(name: str, path: Path) -> bool:
    """True when a source knows `path`; one of another package that cannot be imported knows nothing."""
    try:
        return bool(SOURCES.load(name).detect(path))
    except PluginError as error:
        _logger.warning("%s", error)
        return False
    except (OSError, SourceError):  # what may not be read is named by the source that reads the others
        return False
