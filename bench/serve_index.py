"""`fill_index`: an index of any size for a model, of clustered vectors and words, that `bench/serve.py` searches."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lexiscope.index import Entry
from lexiscope.index.manifest import Manifest, read_manifest
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.place import IndexPlace

NOISE = 0.05
WORDS = ("lesion", "mass", "oedema", "left", "right", "temporal", "frontal", "small", "large", "bright", "cyst")


def fill_index(model: Path, rows: int, *, seed: int = 0) -> None:
    """Add entries to the index of a model, under ids of no case, until it holds so many."""
    place = IndexPlace(ModelDirectory(model))
    manifest = read_manifest(place.manifest, rebuild="lexiscope index")
    missing = rows - manifest.cases
    if missing <= 0:
        return
    index = place.store().create(f"{manifest.collection}-filled", manifest.spec)
    index.upsert(_entries(manifest, rows, seed=seed))
    index.finish()
    index.close()
    known = json.loads(place.manifest.read_text(encoding="utf-8"))
    filled = {**known, "collection": f"{manifest.collection}-filled", "cases": rows, "images": rows, "texts": rows}
    place.manifest.write_text(json.dumps(filled), encoding="utf-8")


def _entries(manifest: Manifest, rows: int, *, seed: int) -> Iterator[Entry]:
    rng = np.random.default_rng(seed)
    sizes = manifest.spec.size, manifest.spec.wording
    centres = [_unit(rng.standard_normal((max(rows // 100, 10), max(size, 1)), dtype=np.float32)) for size in sizes]
    for number in range(rows):
        vectors = [
            _unit(group[number % len(group)] + NOISE * rng.standard_normal(group.shape[1], dtype=np.float32))
            for group in centres
        ]
        text = " ".join(rng.choice(WORDS, 12))
        payload = {"case": f"filled-{number}", "group": f"g{number // 7}", "split": "train", "licence": "none"}
        shown = {"source": "bench", "modalities": ["flair"], "text": text}
        wordings = vectors[1][None] if sizes[1] else None
        yield Entry(f"filled-{number}", vectors[0], text, payload={**payload, **shown}, wordings=wordings)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)
