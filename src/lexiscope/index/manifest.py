"""`Manifest`: which model and corpus a finished index belongs to, so that a stale one is refused and not searched."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lexiscope.core.errors import IndexStoreError
from lexiscope.core.files import write_json
from lexiscope.core.regular import read_regular
from lexiscope.index.legs import LegWeights
from lexiscope.index.store import IndexSpec

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contents of `index.json`, which is written last: a collection that it names is finished.

    Args:
        collection: Name of the collection in its store.
        model: Fingerprint of the model that made the vectors.
        corpus: Content version of the corpus.
        corpus_path: Absolute path of that corpus.
        cases: Entries that can be found.
        images: Entries with a vector.
        texts: Entries with text.
        unsearchable: Cases of the corpus with neither vector nor text.
        weights: Weights of the legs of a search.
        weighed_on: Corpus version, split and number of queries that chose the weights; None for the defaults.
        untrained: Name of the published model that made the vectors as it is; None where any of it was trained.
    """

    collection: str
    model: str
    corpus: str
    corpus_path: str
    cases: int
    images: int
    texts: int
    unsearchable: int
    spec: IndexSpec
    format: int = FORMAT
    weights: LegWeights = field(default_factory=LegWeights)
    weighed_on: Mapping[str, Any] | None = None
    untrained: str | None = None

    def write(self, path: Path) -> None:
        """Write it whole or not at all."""
        write_json(path, asdict(self))

    def require_fresh(self, *, model: str, corpus: str, rebuild: str) -> None:
        """Refuse an index of another model or another state of the corpus.

        Args:
            model: The model's fingerprint now.
            corpus: The corpus's content version now.
            rebuild: The command that builds it again.

        Raises:
            IndexStoreError: the index is stale; the message holds the command.
        """
        if self.model != model:
            msg = (
                f"the index belongs to another state of the model ({self.model[:12]}, now {model[:12]}); run: {rebuild}"
            )
            raise IndexStoreError(msg)
        if self.corpus != corpus:
            msg = f"the corpus changed since it was indexed (version {self.corpus}, now {corpus}); run: {rebuild}"
            raise IndexStoreError(msg)


def read_manifest(path: Path, *, rebuild: str) -> Manifest:
    """Read `index.json`.

    Raises:
        IndexStoreError: there is none, it is damaged, or another lexiscope wrote it; the message holds the command.
    """
    try:
        record: dict[str, Any] = json.loads(read_regular(path).decode("utf-8"))
        weights = LegWeights.from_dict(record.get("weights", {}))
        manifest = Manifest(**{**record, "spec": IndexSpec(**record["spec"]), "weights": weights})
    except FileNotFoundError as error:
        raise IndexStoreError(f"expected an index at {path.parent}, found none; run: {rebuild}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexStoreError(f"{path} is damaged ({error}); run: {rebuild}") from error
    if manifest.format != FORMAT:
        msg = f"{path} has format {manifest.format}, this lexiscope reads {FORMAT}; run: {rebuild}"
        raise IndexStoreError(msg)
    return manifest
