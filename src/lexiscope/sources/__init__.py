"""sources: what labs have -> drafts of cases.

In: folders and tables of papers, scans and images, all of them untrusted. Out: `Draft` (a case whose image files are
still where they were) or `Rejected`, one at a time. `pixels` reads every image format; `paths` keeps inside the source.
"""

from pathlib import Path

from lexiscope.core.catalog import Catalog
from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.source import Source

__all__ = ["SOURCES", "Draft", "Encoded", "ImageFile", "Rejected", "Source", "detect_source"]

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
_DETECTED = (
    "jats",
    "pdf",
    "bids",
    "nifti",
    "dicom",
    "questions",
    "table",
    "micrograph",
    "images",
)  # the most particular first


def detect_source(path: Path) -> str:
    """Name of the source that reads `path`.

    Raises:
        UsageError: nothing is there, or nothing in it is known.
    """
    if not path.exists():
        raise UsageError(f"expected papers, scans, a table or images at {path}, found nothing there; check the path")
    for name in _DETECTED:
        if SOURCES.load(name).detect(path):
            return name
    msg = (
        f"cannot tell what {path} holds: looked for article XML with an <article> root (jats), papers as .pdf (pdf), "
        "dataset_description.json with sub-* folders (bids), "
        "case folders with .nii or .nii.gz files or an MSD dataset.json (nifti), DICOM files (dicom), "
        "a .csv, .tsv or .jsonl file with columns image, question and answer (questions) or others (table), "
        "DM3, DM4, EMD, MRC, SER or BCF files (micrograph), images (images); "
        f"name one with --as {'|'.join(_DETECTED)}"
    )
    raise UsageError(msg)
