"""Readers of exchange formats: conversations, shards, Parquet, and rows as JSON."""

import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lexiscope.core.case import Case, Provenance
from lexiscope.corpus import EXCHANGE
from lexiscope.corpus.exchange import export_corpus, validate_file
from lexiscope.corpus.rejections import read_rejections
from lexiscope.testing.cases import make_corpus, make_drafts
from lexiscope.testing.fuzz.folders import JSON_WORDS
from lexiscope.testing.fuzz.pictures import raster_seeds
from lexiscope.testing.fuzz.reader import CUT, Reader
from lexiscope.testing.fuzz.tries import keep, read_source


def _conversations(form: str, name: str) -> Callable[[bytes, Path], int]:
    """Reads a file of conversations beside a picture, and checks it row by row."""

    def read(data: bytes, folder: Path) -> int:
        folder.mkdir()
        (folder / "a.png").write_bytes(_png())
        (folder / name).write_bytes(data)
        cases = read_source(EXCHANGE.load(form).source(folder / name))
        checked = validate_file(folder / name, form=form)
        assert cases <= checked.rows, f"{cases} cases of {checked.rows} rows"
        return cases

    return read


def _shard(data: bytes, folder: Path) -> int:
    """A tar shard: its bytes as they are, or members of what stands between the marks."""
    folder.mkdir()
    if CUT not in data:
        (folder / "a.tar").write_bytes(data)
    else:
        with tarfile.open(folder / "a.tar", "w") as archive:
            for part in data.split(CUT):
                name, _, content = part.partition(b"\n")
                info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape")[:200])
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return read_source(EXCHANGE.load("webdataset").source(folder))


def _parquet(data: bytes, folder: Path) -> int:
    folder.mkdir()
    (folder / "a.parquet").write_bytes(data)
    return read_source(EXCHANGE.load("parquet").source(folder / "a.parquet"))


def _rows(data: bytes, folder: Path) -> int:
    """A case as JSON, and the lines of a file of rejections."""
    folder.mkdir()
    (folder / "rejected.jsonl").write_bytes(data)
    lines = [json.dumps(line) for line in read_rejections(folder)]
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return len(lines)
    if isinstance(record, dict) and "reason" not in record:
        keep([Case.from_dict(record)])
        return 1
    return len(lines)


@cache
def _png() -> bytes:
    return next(raster_seeds())


def _llava_seeds() -> Iterator[bytes]:
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A thing."}]
    entry = {"id": "a", "image": "a.png", "conversations": turns, "split": "train", "group": "g", "licence": "CC0"}
    several = [{**turns[0], "value": "<image><image>\nWhich?"}, turns[1]]
    other = {**entry, "id": "b", "image": ["a.png", "./a.png"], "conversations": several, "modalities": ["sem", "bf"]}
    yield json.dumps([entry, other]).encode()
    yield b"\n".join(json.dumps({**entry, "id": name}).encode() for name in "ab")
    asked = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a"},
    ]
    yield b"\xef\xbb\xbf" + json.dumps([{"id": 3, "messages": asked}]).encode()
    yield json.dumps([entry]).encode("utf-16")


def _openai_seeds() -> Iterator[bytes]:
    parts = [{"type": "image_url", "image_url": {"url": "a.png"}}, {"type": "text", "text": "q"}]
    spoken = [{"role": "user", "content": parts}, {"role": "assistant", "content": "a"}]
    yield json.dumps({"messages": spoken, "id": "x"}).encode()
    import base64

    coded = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(_png()).decode()}"}}
    yield json.dumps(
        {"messages": [{"role": "user", "content": [coded, parts[1]]}, spoken[1]], "split": "test"}
    ).encode()


def case_record() -> dict[str, Any]:
    """A case of everything that a case may hold, as JSON types."""
    draft = make_drafts(1)[0]
    case = Case(draft.id, draft.group, Provenance("testing", locator={"a": [1.0, 2.0]}), texts=draft.texts)
    image = {"content": "0" * 64, "modality": "photo", "format": "png", "shape": [8, 8], "channels": 3, "bits": 8}
    turn = {"question": "Q?", "answer": "A", "kind": "open", "evidence": [{"passage": 0, "start": 0, "end": 1}]}
    return {
        **case.to_dict(),
        "images": {"photo": {**image, "spacing": [1.0, 1.0], "unit": "nm", "path": None}},
        "turns": [turn],
        "attributes": {"age": 61, "sex": "F", "ill": True, "size": 1.5},
    }


def _row_seeds() -> Iterator[bytes]:
    yield json.dumps(case_record()).encode()
    yield json.dumps({"path": "a", "reason": "b", "remedy": "c", "source": "d", "kind": "rejected"}).encode()


def _shard_seeds() -> Iterator[bytes]:
    yield CUT.join([b"a.png\n" + _png(), b"a.txt\nA pore.", b'a.json\n{"caption": "x", "license": "CC0"}', b"a.cls\n3"])
    own = {**case_record(), "turns": []}
    yield CUT.join([b"./b/c.json\n" + json.dumps(own).encode(), b"b/c.images.photo.png\n" + _png()])
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"text"))
    yield stream.getvalue()


@cache
def _parquet_seeds() -> list[bytes]:
    with tempfile.TemporaryDirectory() as name:
        corpus = make_corpus(Path(name) / "corpus", 2)
        export_corpus(corpus, Path(name) / "a.parquet", form="parquet")
        return [(Path(name) / "a.parquet").read_bytes()]


_TURN_WORDS = (b'"conversations"', b'"messages"', b'"image"', b'"from"', b'"value"', b'"content"', *JSON_WORDS)

LLAVA = Reader(_conversations("llava", "a.json"), _llava_seeds, _TURN_WORDS)
OPENAI = Reader(_conversations("openai", "a.jsonl"), _openai_seeds, _TURN_WORDS)
WEBDATASET = Reader(_shard, _shard_seeds, (CUT, b"../", b".json\n", b".txt\n", *JSON_WORDS))
PARQUET = Reader(_parquet, _parquet_seeds)
ROWS = Reader(_rows, _row_seeds, JSON_WORDS)
