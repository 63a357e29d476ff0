"""index: vector stores that find cases by a joint vector, by words, or by both.

In: entries (a case's id, unit vector, text, payload) and queries. Out: hits, best first. A `Store` holds collections
by name, a `VectorIndex` is one of them open; `Manifest` says which model and corpus a finished collection belongs to,
and `EmbeddingLog` keeps computed vectors so that no build computes one twice. No torch here.
"""

from lexiscope.core.catalog import Catalog
from lexiscope.index.filter import Filter, parse_filter
from lexiscope.index.store import Entry, Hit, IndexSpec, Query, Store, VectorIndex

INDEXES = Catalog(
    "index",
    {
        "edge": "lexiscope.index.edge:EdgeStore",
        "server": "lexiscope.index.server:ServerStore",
    },
)
"""Name -> class of a `Store`, made from a folder inside the model directory, or from a URL and `api_key=`."""

__all__ = ["INDEXES", "Entry", "Filter", "Hit", "IndexSpec", "Query", "Store", "VectorIndex", "parse_filter"]
