"""fuzz: readers and importers that any bytes may meet, for coverage-guided fuzzing and for tests without it.

In: bytes. Out: nothing, an error of lexiscope's own, or anything else, which is a find. `READERS` names them; each is a
`Reader` with seeds that are right, and what one input goes through. `mutations` changes seeds by a seed of its own.
"""

from lexiscope.core.catalog import Catalog

READERS = Catalog(
    "fuzzed reader",
    {
        "nifti": "lexiscope.testing.fuzz.pictures:NIFTI",
        "tiff": "lexiscope.testing.fuzz.pictures:TIFF",
        "tiff-images": "lexiscope.testing.fuzz.pictures:TIFF_IMAGES",
        "raster": "lexiscope.testing.fuzz.pictures:RASTER",
        "labels": "lexiscope.testing.fuzz.pictures:LABELS",
        "mrc": "lexiscope.testing.fuzz.pictures:MRC",
        "micrograph": "lexiscope.testing.fuzz.folders:MICROGRAPH",
        "images": "lexiscope.testing.fuzz.folders:IMAGES",
        "nifti-layouts": "lexiscope.testing.fuzz.folders:NIFTI",
        "bids": "lexiscope.testing.fuzz.folders:BIDS",
        "dicom": "lexiscope.testing.fuzz.folders:DICOM",
        "jats": "lexiscope.testing.fuzz.folders:JATS",
        "pdf": "lexiscope.testing.fuzz.folders:PDF",
        "table": "lexiscope.testing.fuzz.tables:TABLE",
        "table-masks": "lexiscope.testing.fuzz.tables:MASKS",
        "questions": "lexiscope.testing.fuzz.tables:QUESTIONS",
        "queries": "lexiscope.testing.fuzz.tables:QUERIES",
        "llava": "lexiscope.testing.fuzz.exchange:LLAVA",
        "openai": "lexiscope.testing.fuzz.exchange:OPENAI",
        "webdataset": "lexiscope.testing.fuzz.exchange:WEBDATASET",
        "parquet": "lexiscope.testing.fuzz.exchange:PARQUET",
        "rows": "lexiscope.testing.fuzz.exchange:ROWS",
        "pmc": "lexiscope.testing.fuzz.answers:PMC",
        "deidentify": "lexiscope.testing.fuzz.answers:DEIDENTIFY",
        "settings": "lexiscope.testing.fuzz.models:SETTINGS",
        "model": "lexiscope.testing.fuzz.models:MODEL",
    },
)

__all__ = ["READERS"]
