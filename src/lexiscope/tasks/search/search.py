"""`Searcher`: the cases of an indexed corpus that words, an image, or both describe; `search` for one query."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, model_validator

from lexiscope.core.errors import IndexStoreError, LexiscopeError, UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Argument, Deployment, Flag, Settings
from lexiscope.tasks.options import Where
from lexiscope.tasks.task import Task

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float32

    from lexiscope.corpus import Corpus
    from lexiscope.index import Filter, Hit, VectorIndex
    from lexiscope.index.legs import LegWeights
    from lexiscope.index.manifest import Manifest
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.models.joint import JointSpace
    from lexiscope.models.plain_texts import PlainTexts, TextVectors
    from lexiscope.tasks.inputs import Input
    from lexiscope.tasks.search.place import IndexPlace
    from lexiscope.tasks.search.reranking import PassageTokens
    from lexiscope.views import View

RERANKED = 50  # hits that are read again


class SearchSettings(Settings):
    """Place of the index.

    Args:
        url: Qdrant server that was named when indexing; left out for the index inside the model directory.
        api_key: Key of that server; the environment's LEXISCOPE_QDRANT_API_KEY when left out.
        store: Vector store that was named when indexing: "edge" inside the model directory, "server", or one that
            another package adds.
    """

    url: Annotated[str | None, Deployment()] = None
    api_key: Annotated[
        str | None, Deployment(), Flag("--api-key", env="LEXISCOPE_QDRANT_API_KEY"), Field(repr=False)
    ] = None
    store: Annotated[str | None, Deployment()] = None


class SearchRequest(Settings):
    """One search.

    Args:
        query: Words to look for; may be left out with an image.
        image: Image file; find what looks like it.
        modality: What the image shows, when the model reads several modalities.
        k: Number of hits at most.
        where: Only such cases: split=test, 'attributes.age>=50', 'group in a, b'. Repeatable.
        text_weight: Share of exact words against meaning: 0 meaning alone, 1 exact words alone; the share that was
            weighed when indexing when left out.
        legs: Only these ways to match: "image" (what it looks like), "wording" (what is written, by meaning), "words"
            (exact words). Repeatable.
        rerank: Read the first 50 hits again word by word and order them anew.
    """

    query: Annotated[str | None, Argument("QUERY")] = None
    image: Path | None = None
    modality: str | None = None
    k: Annotated[int, Flag("-k")] = 10
    where: Where = ()
    text_weight: float | None = None
    legs: Annotated[tuple[str, ...], Flag("--leg")] = ()
    rerank: bool = False

    @property
    def words(self) -> str | None:
        """The query without surrounding blanks; None when nothing is left.

        Example:
            >>> SearchRequest(query=" a crack ").words
            'a crack'
        """
        return (self.query or "").strip() or None

    @model_validator(mode="after")
    def _makes_sense(self) -> "SearchRequest":
        from lexiscope.index import Query

        if self.words is None and self.image is None:
            msg = "a search needs words or an image, got neither; for example: lexiscope search MODEL 'a bone'"
            raise UsageError(msg)
        Query(words="", k=self.k, text_weight=self.text_weight)  # refuses a bad k or weight before weights are loaded
        self._require_legs()
        return self

    def _require_legs(self) -> None:
        from lexiscope.index.legs import LEGS

        unknown = next((leg for leg in self.legs if leg not in LEGS), None)
        if unknown is not None:
            raise UsageError(f"a leg is one of {', '.join(LEGS)}, got {unknown!r}; name one of these")
        if self.legs and self.words is None and "image" not in self.legs:
            raise UsageError(f"{' and '.join(self.legs)} need words to look for, got an image alone; add a query")
        if self.rerank and self.words is None:
            raise UsageError("re-ranking reads the words of a query, got an image alone; add a query")


def search(
    model: "ModelDirectory | Path | str",
    query: str | None = None,
    *,
    image: Path | str | None = None,
    modality: str | None = None,
    k: int = 10,
    where: Sequence[str] = (),
    text_weight: float | None = None,
    legs: Sequence[str] = (),
    rerank: bool = False,
    url: str | None = None,
    api_key: str | None = None,
    store: str | None = None,
) -> list[Prediction]:
    """Find the cases that words, an image, or both describe.

    Words are looked for in three ways, the legs: in the images (the joint space), in what is written by meaning (the
    text tower alone; the best passage, turn or attributes of a case count) and literally (BM25 over the passages).
    Their scores are weighed by weights that were chosen when the corpus was indexed. An image is looked for by meaning.
    With both, the vector is the mean of the two unit vectors, and the words are also looked for in what is written.

    Args:
        model: A model directory whose index was built with `index_corpus`.
        query: Words to look for.
        image: An image file.
        modality: What the image file shows, needed when the model reads several modalities.
        k: Number of hits at most.
        where: Conditions that every hit satisfies, such as "split=test" or "attributes.age>=50".
        text_weight: Share of the literal words: 0 finds meaning alone, 1 exact words alone; None takes the weights of
            the index.
        legs: Only these of "image", "wording" and "words"; all when empty.
        rerank: Read the first 50 hits again word by word.
        url: The Qdrant server that was named when indexing.
        api_key: The key of that server; the environment's `LEXISCOPE_QDRANT_API_KEY` when None.
        store: Name of the vector store that was named when indexing.

    Returns:
        One Prediction. Its value is a list of hits, best first, each {"case", "score", "group", "text", "path",
        "licence", "matched", "untrained"}; "matched" says why: the scores of "image", "wording", "exact words" and
        "tokens" that found it; "untrained" names the published model that found it where nothing of it was trained on
        any corpus here, else None. Its evidence names the same cases, with the same scores.

    Raises:
        UsageError: no query, k < 1, or a condition that cannot be read.
        SourceError: an image file that cannot be read.
        IndexStoreError: no index, or one of another state of the model or corpus; the message holds the command.
    """
    options = {
        "modality": modality,
        "k": k,
        "where": where,
        "text_weight": text_weight,
        "legs": tuple(legs),
        "rerank": rerank,
    }
    with Searcher.open(model, SearchSettings(url=url, api_key=api_key, store=store)) as searcher:
        return [searcher.predict(None, SearchRequest.of({"query": query, "image": image, **options}))]


class Searcher(Task[SearchSettings, SearchRequest]):
    """Find cases by words, by an image, or by both.

    Words are looked for in the images, in what is written by meaning, and literally. Every hit says which of these
    found it, with the scores.
    """

    name: ClassVar[str] = "search"
    part: ClassVar[str] = "joint"
    Settings = SearchSettings
    Request = SearchRequest
    reads_image: ClassVar[bool] = False

    def __init__(self, model: "ModelDirectory", index: "VectorIndex", manifest: "Manifest") -> None:
        self._model = model
        self._index = index
        self._manifest = manifest
        self._loaded: tuple[JointSpace, Mapping[str, View]] | None = None
        self._plain: list[PlainTexts | None] = []  # once it is known whether torch is needed
        self._tokens: PassageTokens | None = None
        self._ahead: Mapping[str, TextVectors] = {}  # of words that were embedded together
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: SearchSettings | None = None,
        *,
        progress: Progress | None = None,  # noqa: ARG003  (nothing here takes long)
    ) -> "Searcher":
        """Open the index of a model and check that it is fresh. The weights are loaded at the first search by meaning.

        Raises:
            IndexStoreError: no index, or a stale one; the message holds the command that builds it.
        """
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.tasks.search.place import IndexPlace

        settings = settings or SearchSettings()
        return cls.open_at(IndexPlace(ModelDirectory.of(model), settings.url, settings.api_key, settings.store))

    @classmethod
    def open_at(cls, place: "IndexPlace") -> "Searcher":
        """Open the index at a place; see `open`."""
        from lexiscope.corpus import Corpus
        from lexiscope.index.manifest import read_manifest

        manifest = read_manifest(place.manifest, rebuild=place.rebuild("CORPUS"))
        rebuild = place.rebuild(manifest.corpus_path)
        if not Corpus.exists(manifest.corpus_path):
            msg = f"the indexed corpus is not at {manifest.corpus_path} any more; run: {place.rebuild('CORPUS')}"
            raise IndexStoreError(msg)
        version = Corpus.open(manifest.corpus_path).version
        manifest.require_fresh(model=place.model.fingerprint, corpus=version, rebuild=rebuild)
        try:
            index = place.open(manifest)
        except IndexStoreError as error:
            raise IndexStoreError(f"{error}: {rebuild}") from error
        return cls(place.model, index, manifest)

    @property
    def corpus_version(self) -> str:
        """Content version of the corpus that is searched."""
        return self._manifest.corpus

    @property
    def holds_wording(self) -> bool:
        """True where the index holds vectors of what is written; those of earlier versions do not."""
        return self._manifest.spec.wording > 0

    def predict(
        self,
        given: "Input | None",  # noqa: ARG002
        request: SearchRequest,
        *,
        progress: Progress | None = None,  # noqa: ARG002 - it answers at once
    ) -> Prediction:
        """The hits of one search; see `lexiscope.search` for their form.

        Args:
            given: Not read; an image to look for is a file of the request.
            request: Words, an image file, or both.
            progress: Not called.

        Raises:
            UsageError: a condition on an attribute that no case has.
            SourceError: an image file that cannot be read.
        """
        from lexiscope.index import parse_filter

        conditions = parse_filter(request.where)
        conditions.require_known(self._manifest.spec.fields)
        with self._lock:
            hits = self._hits(request, conditions)
        rows = [self._row(hit) for hit in hits]
        evidence = tuple(_evidence(row, hit) for row, hit in zip(rows, hits, strict=True))
        score = rows[0]["score"] if rows else None
        return Prediction(self.name, request.words or str(request.image), rows, score=score, evidence=evidence)

    def predict_all(self, requests: Sequence[SearchRequest]) -> "list[Prediction | LexiscopeError]":
        """Hits of several searches; their words are embedded together."""
        words = dict.fromkeys(request.words for request in requests if request.words and self._asks(request, "image"))
        if len(words) > 1 and (plain := self._plain_texts()) is not None:
            self._ahead = dict(zip(words, plain.vectors_of_all(list(words)), strict=True))
        try:
            return [self._predicted(request) for request in requests]
        finally:
            self._ahead = {}

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            self._index.close()

    def _hits(self, request: SearchRequest, conditions: "Filter") -> "list[Hit]":
        from lexiscope.index import Query

        vector, wording = self._vectors(request)
        query = Query(
            vector,
            request.words if self._asks(request, "words") else None,
            k=max(request.k, RERANKED) if request.rerank else request.k,
            where=conditions,
            text_weight=request.text_weight,
            wording=wording,
            weights=self._weights(request),
        )
        hits = self._index.search(query)
        if not (request.rerank and request.words):
            return hits
        from lexiscope.tasks.search.reranking import PassageTokens, rerank

        self._tokens = self._tokens or PassageTokens(self._towers()[0])
        again = rerank(hits, request.words, corpus=self._corpus(), tokens=self._tokens, weights=query.weights)
        return again[: request.k]

    def _weights(self, request: SearchRequest) -> "LegWeights":
        """Weights of the index; an image that is shown counts no less than the words beside it."""
        weights = self._manifest.weights
        if request.image is None:
            return weights
        shown = replace(weights.image, weight=max(weights.image.weight, weights.wording.weight))
        return replace(weights, image=shown)

    def _vectors(
        self, request: SearchRequest
    ) -> "tuple[Float32[np.ndarray, ' d'] | None, Float32[np.ndarray, ' w'] | None]":
        """The unit vector between those of the words and of the image, and that of the words by the text tower."""
        import numpy as np

        from lexiscope.tasks.search.wording_share import weighed_wording

        if request.image is None and not (self._asks(request, "image") or self._asks(request, "wording")):
            return None, None
        parts, wording = [], None
        if request.words is not None:
            tower, vector = self._text_vectors(request.words)
            parts.append(vector)
            both = np.concatenate([tower, vector])
            wording = weighed_wording(both, joint=len(vector), share=self._manifest.weights.joint)
        if request.image is not None:
            from lexiscope.tasks.embed import embed_image_file

            joint, views = self._towers()
            parts.append(embed_image_file(joint, views, request.image, modality=request.modality))
        mean = np.mean(parts, axis=0)
        unit = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return unit if self._asks(request, "image") else None, wording if self._asks(request, "wording") else None

    def _text_vectors(self, words: str) -> "TextVectors":
        """Unit vectors of words by the text tower and in the joint space; without torch where that can be."""
        if words in self._ahead:
            return self._ahead[words]
        if (plain := self._plain_texts()) is not None:
            return plain.vectors(words)
        from lexiscope.tasks.search.wording import wording_vectors

        joint = self._towers()[0]
        both = wording_vectors(joint, [words])[0]
        return both[: -joint.width], both[-joint.width :]

    def _plain_texts(self) -> "PlainTexts | None":
        if not self._plain:
            self._plain.append(self._model.plain_texts())
        return self._plain[0]

    def _asks(self, request: SearchRequest, leg: str) -> bool:
        """True where a leg is asked for: all are, but for meaning beside exact words alone."""
        if leg == "wording" and not self.holds_wording:
            return False
        if request.legs:
            return leg in request.legs
        return leg == "words" or request.text_weight != 1 or request.words is None

    def _corpus(self) -> "Corpus":
        from lexiscope.corpus import Corpus

        return Corpus.open(self._manifest.corpus_path)

    def _towers(self) -> "tuple[JointSpace, Mapping[str, View]]":
        if self._loaded is None:
            self._loaded = self._model.joint(), self._model.views()
        return self._loaded

    def _row(self, hit: "Hit") -> dict[str, Any]:
        path = hit.payload.get("image")  # relative to the corpus
        return {
            "case": hit.id,
            "score": round(hit.score, 6),
            "group": hit.payload["group"],
            "text": hit.payload.get("text"),
            "path": None if path is None else str(Path(self._manifest.corpus_path) / path),
            "licence": hit.payload["licence"],
            "matched": {_SAID.get(name, name): round(score, 6) for name, score in hit.parts.items()},
            "untrained": self._manifest.untrained,
        }


def _evidence(row: Mapping[str, Any], hit: "Hit") -> Evidence:
    """A hit as evidence: an index keeps of a case what a hit shows, so no corpus is opened."""
    details = {"path": row["path"], "licence": row["licence"], **hit.parts}
    return Evidence(row["case"], row["group"], row["score"], text=row["text"], details=details)


_SAID = {"cosine": "image", "bm25": "exact words"}
"""Name of a leg's score -> how a hit says that it matched, where that differs."""
