"""`index_corpus`: every case of a corpus into a vector store, computing no vector twice."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from lexiscope.core.batched import stream_batches
from lexiscope.core.case import Case
from lexiscope.core.errors import IndexStoreError
from lexiscope.core.files import exclusive, sha256_json
from lexiscope.core.owned import require_own
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.index import Entry, IndexSpec
from lexiscope.index.embeddings import EmbeddingLog, remove_logs
from lexiscope.index.filter import FIELDS, plain_values
from lexiscope.index.fulltext import average_length
from lexiscope.index.manifest import Manifest, read_manifest
from lexiscope.index.qdrant import COLLECTION_PREFIX
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.models.published.start import start_model
from lexiscope.models.published.start_record import untrained_start
from lexiscope.tasks.embed import embed_cases, require_readable
from lexiscope.tasks.search.place import IndexPlace
from lexiscope.tasks.search.weighing import weigh_legs
from lexiscope.tasks.search.wording import is_described, log_wordings, logged_wordings, wording_size
from lexiscope.tasks.search.wording_share import weighed_wording

_LOG_NAME = 32  # digits of a model's fingerprint that name the folder of its vectors
_LAYOUT = "wj"  # collections that hold vectors of what is written, by the text tower and in the joint space
_CHUNK = 512  # cases embedded between two writes to disk: what a killed build loses


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Contents of an index, and the vectors that building it took.

    Args:
        cases: Number of cases that can be found.
        images: Number that can be found by their images.
        texts: Number that can be found by their words.
        unsearchable: Number of cases of the corpus with neither.
        embedded: Number of vectors computed this time; the others were known.
        fresh: The index was up to date already and nothing was done.
        place: Folder of the index, or URL and collection.
    """

    cases: int
    images: int
    texts: int
    unsearchable: int
    embedded: int
    fresh: bool
    place: str


def index_corpus(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    url: str | None = None,
    api_key: str | None = None,
    store: str | None = None,
    start: str | None = None,
    allow_download: bool = False,
    progress: Progress | None = None,
) -> IndexReport:
    """Index every case of a corpus under a model, so that `search` finds it.

    Vectors are kept by the content of the images, so a second build embeds only what is new, and a killed one goes on
    where it stopped. A finished index replaces the one before in one step; until then the old one is searched.

    Args:
        model: Model that embeds the cases.
        corpus: Corpus to index.
        url: Address of a Qdrant server to use instead of the embedded store.
        api_key: Key of that server; the environment's `LEXISCOPE_QDRANT_API_KEY` when None.
        store: Name of the store in `lexiscope.index.INDEXES`; "server" with a URL and "edge" without when None.
        start: Published image-text model that the model is made of first, without any training: a hub name or a
            directory; None takes the model as it is.
        allow_download: Fetch the published model from the network when it is nowhere on this machine.
        progress: Called with the cases embedded so far.

    Raises:
        ModelError: the model has no joint space.
        UsageError: the model has a joint space and shall start from a published one.
        WeightsError: no such published model.
        IndexStoreError: the server does not answer or refuses.
        LexiscopeError: another process is building this index.
    """
    model = ModelDirectory.of(model)
    corpus = Corpus.of(corpus)
    require_own(model.path, "index", "embeddings")
    require_own(model.path, "index", "wordings")
    if start is not None:
        start_model(model, corpus, start, allow_download=allow_download)
    return index_at(IndexPlace(model, url, api_key, store), corpus, progress=progress)


def index_at(place: IndexPlace, corpus: Corpus, *, progress: Progress | None = None) -> IndexReport:
    """Index a corpus at a place; see `index_corpus`."""
    with exclusive(place.folder / ".lock", what=f"the index of {place.model.path}"):
        report = _up_to_date(place, corpus)
        return report or _build(place, corpus, progress)


def _up_to_date(place: IndexPlace, corpus: Corpus) -> IndexReport | None:
    try:
        manifest = read_manifest(place.manifest, rebuild="")
        manifest.require_fresh(model=place.model.fingerprint, corpus=corpus.version, rebuild="")
        place.open(manifest).close()
    except IndexStoreError:
        return None
    if not (manifest.spec.wording and manifest.collection.endswith(f"-{_LAYOUT}")):
        return None  # made before what is written had vectors: it is searched without them until this build ends
    moved = replace(manifest, corpus_path=str(corpus.path.resolve()))
    if moved != manifest:
        moved.write(place.manifest)  # the same cases at another place: image paths are relative to it
    return _report(place, moved, embedded=0, fresh=True)


def _build(place: IndexPlace, corpus: Corpus, progress: Progress | None) -> IndexReport:
    fingerprint, version = place.model.fingerprint, corpus.version
    joint = place.model.joint()
    require_readable(place.model, corpus)
    log = EmbeddingLog(place.folder / "embeddings" / fingerprint[:_LOG_NAME])
    wordings = EmbeddingLog(place.folder / "wordings" / fingerprint[:_LOG_NAME])
    embedded = _embed_missing(place.model, corpus, log, joint=joint, progress=progress)
    log_wordings(corpus, wordings, joint=joint, chunk=_CHUNK, progress=progress)
    spec = IndexSpec(
        size=joint.width,
        average_length=average_length(full_text(case) for case in corpus),
        fields=_fields(corpus),
        wording=wording_size(joint),
    )
    weighed = weigh_legs(place.model, corpus, joint=joint)
    name = f"{COLLECTION_PREFIX}{fingerprint[:12]}-{version[:12]}-{_LAYOUT}"
    store = place.store()
    index = store.create(name, spec)
    counts = _Counts()
    wording = partial(weighed_wording, joint=joint.width, share=weighed["weights"].joint)
    index.upsert(_entries(place.model, corpus, log, wordings, wording, counts=counts, progress=progress))
    index.finish()
    index.close()
    manifest = Manifest(
        collection=name,
        model=fingerprint,
        corpus=version,
        corpus_path=str(corpus.path.resolve()),
        cases=counts.cases,
        images=counts.images,
        texts=counts.texts,
        unsearchable=counts.unsearchable,
        spec=spec,
        untrained=untrained_start(place.model.record("joint")),
        **weighed,
    )
    manifest.write(place.manifest)
    store.sweep(keep=name)
    for logs in ("embeddings", "wordings"):
        remove_logs(place.folder / logs, keep=fingerprint[:_LOG_NAME])  # of states that never come back
    return _report(place, manifest, embedded=embedded, fresh=False)


def full_text(case: Case) -> str:
    """All passages of a case as one text.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> words = (Passage("title", "Zirconia"), Passage("caption", "A crack."))
        >>> full_text(Case("a", "paper", Provenance("jats"), texts=words))
        'Zirconia\\nA crack.'
    """
    return "\n".join(passage.text for passage in case.statements)


def _embed_missing(
    model: ModelDirectory, corpus: Corpus, log: EmbeddingLog, *, joint: JointSpace, progress: Progress | None
) -> int:
    """Embed the cases whose images are new, a chunk at a time; returns their number."""
    modalities, total, seen, embedded = model.views().keys(), len(corpus), 0, 0
    for chunk in stream_batches(corpus, _CHUNK):
        keys = {key: case for case in chunk if (key := _embedding_key(case, modalities)) and key not in log}
        if keys:
            log.append(list(keys), embed_cases(model, corpus, list(keys.values()), joint=joint))
        seen, embedded = seen + len(chunk), embedded + len(keys)
        if progress:
            progress(seen, total, "embedding")
    return embedded


def _embedding_key(case: Case, modalities: Collection[str]) -> str | None:
    """Key of a case's vector: the images that the model reads. None without any of them."""
    images = {name: (image.content, image.spacing) for name, image in case.images.items() if name in modalities}
    return sha256_json(images) if images else None


@dataclass
class _Counts:
    """Numbers of cases that went by while entries streamed into a store."""

    cases: int = 0
    images: int = 0
    texts: int = 0
    unsearchable: int = 0


def _entries(
    model: ModelDirectory,
    corpus: Corpus,
    log: EmbeddingLog,
    wordings: EmbeddingLog,
    weighed: Callable[[Float32[np.ndarray, "n wd"]], Float32[np.ndarray, "n wd"]],
    *,
    counts: _Counts,
    progress: Progress | None,
) -> Iterator[Entry]:
    modalities, total = model.views().keys(), len(corpus)
    for done, case in enumerate(corpus, start=1):
        key = _embedding_key(case, modalities)
        if key or case.statements or case.turns:
            counts.cases += 1
            counts.images += bool(key)
            counts.texts += is_described(case)
            written = logged_wordings(case, wordings)
            yield Entry(
                case.id,
                log[key] if key else None,
                full_text(case),
                _payload(corpus, case),
                wordings=None if written is None else weighed(written),
                described=is_described(case),
            )
        else:
            counts.unsearchable += 1
        if progress:
            progress(done, total, "indexing")


def _payload(corpus: Corpus, case: Case) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "group": case.group,
        "licence": case.provenance.licence,
        "source": case.provenance.source,
        "modalities": sorted(case.images),
        "attributes": plain_values(case.attributes),
    }
    if case.split is not None:
        payload["split"] = case.split
    if case.statements:
        payload["text"] = case.statements[0].text
    if case.images:
        # Relative to the corpus where it can be, so that a corpus and its model may move together.
        path = corpus.object_path(next(iter(case.images.values())))
        payload["image"] = str(path.relative_to(corpus.path) if path.is_relative_to(corpus.path) else path.resolve())
    return payload


def _fields(corpus: Corpus) -> dict[str, str]:
    """Payload field -> "word" or "number", for everything that a filter can name; "word" where a field has both."""
    kinds = dict.fromkeys(FIELDS, "word")
    for case in corpus:
        for name, value in plain_values(case.attributes).items():
            kind = "word" if isinstance(value, str) else "number"
            field_name = f"attributes.{name}"
            kinds[field_name] = kind if kinds.get(field_name, kind) == kind else "word"
    return {name: kind for name, kind in kinds.items() if '"' not in name}


def _report(place: IndexPlace, manifest: Manifest, *, embedded: int, fresh: bool) -> IndexReport:
    where = str(place.folder / manifest.collection) if place.url is None else f"{place.url} {manifest.collection}"
    return IndexReport(
        cases=manifest.cases,
        images=manifest.images,
        texts=manifest.texts,
        unsearchable=manifest.unsearchable,
        embedded=embedded,
        fresh=fresh,
        place=where,
    )
