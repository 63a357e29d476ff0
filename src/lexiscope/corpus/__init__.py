"""corpus: the store of cases, and everything that keeps it whole.

In: drafts from a source, or cases. Out: `Corpus`, a directory of typed rows (a Lance dataset) and image files by
content hash, which every later room reads. Around it: building, splits, the leakage audit, near-duplicate images,
exchange formats.
"""

from lexiscope.core.catalog import Catalog
from lexiscope.corpus.store import Corpus

EXCHANGE = Catalog(
    "exchange format",
    {
        "bids": "lexiscope.corpus.exchange.bids:BIDS",
        "llava": "lexiscope.corpus.exchange.llava:LLAVA",
        "msd": "lexiscope.corpus.exchange.msd:MSD",
        "openai": "lexiscope.corpus.exchange.openai:OPENAI",
        "parquet": "lexiscope.corpus.exchange.parquet:PARQUET",
        "webdataset": "lexiscope.corpus.exchange.webdataset:WEBDATASET",
    },
)

__all__ = ["EXCHANGE", "Corpus"]
