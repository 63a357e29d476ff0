"""`search`: the cases of an indexed corpus that words, an image, or both describe."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from lexiscope.core.errors import IndexStoreError, UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.corpus import Corpus
from lexiscope.index import Filter, Hit, Query, VectorIndex, parse_filter
from lexiscope.index.manifest import Manifest, read_manifest
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.embed import embed_image_file, embed_texts
from lexiscope.tasks.search.indexing import IndexPlace, index_corpus

__all__ = ["Searcher", "index_corpus", "search"]


def search(
    model: ModelDirectory | Path | str,
    query: str | None = None,
    *,
    image: Path | str | None = None,
    modality: str | None = None,
    k: int = 10,
    where: Sequence[str] = (),
    text_weight: float = 0.5,
    url: str | None = None,
    api_key: str | None = None,
) -> list[Prediction]:
    """Find the cases that words, an image, or both describe.

    Words are looked for twice: by meaning (their vector against the images, in the joint space) and literally (BM25
    over everything written about a case); the two rankings are fused by reciprocal rank. An image is looked for by
    meaning. With both, the vector is the mean of the two unit vectors, and the words are also looked for literally.

    Args:
        model: A model directory whose index was built with `index_corpus`.
        query: Words.
        image: An image file.
        modality: What the image file shows, needed when the model reads several modalities.
        k: Hits at most.
        where: Conditions that every hit satisfies, such as "split=test" or "attributes.age>=50".
        text_weight: Share of the literal words: 0 finds meaning alone, 1 exact words alone.
        url: The Qdrant server that was named when indexing.

    Returns:
        One Prediction. Its value is a list of hits, best first, each {"case", "score", "group", "text", "image",
        "licence"}; its evidence names the same cases, with the cosine and BM25 that led to them.

    Raises:
        UsageError: no query, k < 1, or a condition that cannot be read.
        SourceError: an image file that cannot be read.
        IndexStoreError: no index, or one of another state of the model or corpus; the message holds the command.
    """
    searcher = Searcher.open(model, url=url, api_key=api_key)
    try:
        return searcher.search(query, image=image, modality=modality, k=k, where=where, text_weight=text_weight)
    finally:
        searcher.close()


class Searcher:
    """An open index with its model, for many searches. Use `Searcher.open`; close it when done."""

    def __init__(self, model: ModelDirectory, index: VectorIndex, manifest: Manifest) -> None:
        self._model = model
        self._index = index
        self._manifest = manifest
        self._loaded: JointSpace | None = None

    @classmethod
    def open(
        cls, model: ModelDirectory | Path | str, *, url: str | None = None, api_key: str | None = None
    ) -> "Searcher":
        """Open the index of a model and check that it is fresh. The weights are loaded at the first search by meaning.

        Raises:
            IndexStoreError: no index, or a stale one; the message holds the command that builds it.
        """
        model = ModelDirectory.of(model)
        place = IndexPlace(model, url, api_key)
        manifest = read_manifest(place.manifest, rebuild=place.rebuild("CORPUS"))
        rebuild = place.rebuild(manifest.corpus_path)
        if not Corpus.exists(manifest.corpus_path):
            msg = f"the indexed corpus is not at {manifest.corpus_path} any more; run: {place.rebuild('CORPUS')}"
            raise IndexStoreError(msg)
        manifest.require_fresh(
            model=model.fingerprint, corpus=Corpus.open(manifest.corpus_path).version, rebuild=rebuild
        )
        try:
            index = place.store().open(manifest.collection, manifest.spec)
        except IndexStoreError as error:
            raise IndexStoreError(f"{error}: {rebuild}") from error
        return cls(model, index, manifest)

    def search(
        self,
        query: str | None = None,
        *,
        image: Path | str | None = None,
        modality: str | None = None,
        k: int = 10,
        where: Sequence[str] = (),
        text_weight: float = 0.5,
    ) -> list[Prediction]:
        """See `lexiscope.search`."""
        words = (query or "").strip() or None
        if words is None and image is None:
            raise UsageError(
                "a search needs words or an image, got neither; for example: lexiscope search MODEL 'a bone'"
            )
        conditions = self._read(where)
        # A bad k or weight is refused before any weights are loaded.
        Query(words=words or "", k=k, where=conditions, text_weight=text_weight)
        vector = None
        if image is not None or text_weight < 1:
            vector = self._vector(words, image=None if image is None else Path(image), modality=modality)
        hits = self._index.search(Query(vector, words, k=k, where=conditions, text_weight=text_weight))
        return [self._prediction(words or str(image), hits)]

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _read(self, where: Sequence[str]) -> Filter:
        conditions = parse_filter(where)
        conditions.require_known(self._manifest.spec.fields)
        return conditions

    def _vector(self, words: str | None, *, image: Path | None, modality: str | None) -> Float32[np.ndarray, " d"]:
        joint = self._joint()
        parts = []
        if words is not None:
            parts.append(embed_texts(joint, [words])[0])
        if image is not None:
            parts.append(embed_image_file(joint, self._model.views(), image, modality=modality))
        mean = np.mean(parts, axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def _joint(self) -> JointSpace:
        if self._loaded is None:
            self._loaded = self._model.joint()
        return self._loaded

    def _prediction(self, asked: str, hits: Sequence[Hit]) -> Prediction:
        found = [self._found(hit) for hit in hits]
        evidence = tuple(
            Evidence(
                case=row["case"],
                group=row["group"],
                score=row["score"],
                text=row["text"],
                details={"image": row["image"], "licence": row["licence"], **hit.parts},
            )
            for row, hit in zip(found, hits, strict=True)
        )
        return Prediction("search", asked, found, score=found[0]["score"] if found else None, evidence=evidence)

    def _found(self, hit: Hit) -> dict[str, Any]:
        image = hit.payload.get("image")
        return {
            "case": hit.id,
            "score": round(hit.score, 6),
            "group": hit.payload["group"],
            "text": hit.payload.get("text"),
            "image": None if image is None else str(Path(self._manifest.corpus_path) / image),
            "licence": hit.payload["licence"],
        }
