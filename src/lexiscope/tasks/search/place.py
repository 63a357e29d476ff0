"""`IndexPlace`: the place where a model keeps its index."""

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from lexiscope.core.errors import IndexStoreError
from lexiscope.core.files import sha256_json
from lexiscope.index import INDEXES, Store, VectorIndex
from lexiscope.index.manifest import Manifest
from lexiscope.index.server import API_KEY_VARIABLE
from lexiscope.models.directory import ModelDirectory


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """Place where a model keeps its index: a folder inside the model, or a server that somebody named.

    Args:
        model: Model whose index it is.
        url: Address of the server; None for a store inside the model directory.
        api_key: Its key; None takes the environment's `LEXISCOPE_QDRANT_API_KEY`.
        name: Name of the store in `lexiscope.index.INDEXES`; "server" with a URL and "edge" without when None.
        root: Folder in place of the one inside the model, for an index that is needed only once.
    """

    model: ModelDirectory
    url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    name: str | None = None
    root: Path | None = None

    @property
    def folder(self) -> Path:
        """MODEL/index: the manifests, the embeddings, and the embedded collections."""
        return self.root or self.model.path / "index"

    @property
    def manifest(self) -> Path:
        """File that says what is indexed: `index.json`, or a file for each server and each other store."""
        kind = self.name or ("edge" if self.url is None else "server")
        name = kind if self.url is None else f"{kind}-{sha256_json(self.url)[:12]}"
        return self.folder / f"{'index' if name == 'edge' else name}.json"

    def store(self) -> Store:
        """The store itself; the first moment that a server is contacted."""
        if self.url is None:
            return INDEXES.load(self.name or "edge")(self.folder)
        key = self.api_key or os.environ.get(API_KEY_VARIABLE)
        return INDEXES.load(self.name or "server")(self.url, api_key=key)

    def open(self, manifest: Manifest) -> VectorIndex:
        """The finished collection that a manifest names.

        Raises:
            IndexStoreError: it is not there, cannot be read, or holds other entries: others may empty it on a server.
        """
        index = self.store().open(manifest.collection, manifest.spec)
        count = index.count()
        if count == manifest.cases:
            return index
        index.close()
        where = self.folder if self.url is None else self.url
        msg = f"expected {manifest.cases} cases in the collection {manifest.collection} at {where}, found {count}"
        raise IndexStoreError(f"{msg}; build it again")

    def rebuild(self, corpus: Path | str) -> str:
        """The command that builds this index."""
        words = ["lexiscope", "index", str(self.model.path), str(corpus)]
        words += [] if self.url is None else ["--url", self.url]
        return shlex.join(words if self.name is None else [*words, "--store", self.name])
