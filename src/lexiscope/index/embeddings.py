"""`EmbeddingLog`: vectors that were computed, kept by what they were computed from, so that none is computed twice."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from lexiscope.core.files import write_beside
from lexiscope.core.owned import remove_made, require_own
from lexiscope.core.regular import read_regular

_KEY_BYTES = 32
_LOG = "[0-9a-f]{32}"
_CHUNK = r"[0-9a-f]{64}\.safetensors|\.[0-9a-f]{64}\.safetensors\.[a-z0-9_]+\.part"


class EmbeddingLog:
    """A folder of chunks, each a safetensors file of keys (n, 32) and vectors (n, d), written whole or not at all.

    A build that is killed loses only the chunk it was writing; the next one goes on after it.

    Args:
        folder: One folder per model: the vectors of two models must not meet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = require_own(folder.parent, folder.name)
        self._known: dict[str, Float32[np.ndarray, " d"]] = {}
        for chunk in sorted(folder.glob("*.safetensors")):
            self._known.update(_read(chunk))

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> Float32[np.ndarray, " d"]:
        return self._known[key]

    def append(self, keys: Sequence[str], vectors: Float32[np.ndarray, "n d"]) -> None:
        """Keep vectors under their keys (64 hex digits each), durable when this returns."""
        from safetensors.numpy import save

        raw = np.frombuffer(bytes.fromhex("".join(keys)), dtype=np.uint8).reshape(-1, _KEY_BYTES)
        name = hashlib.sha256(raw.tobytes()).hexdigest()
        with write_beside(self._folder / f"{name}.safetensors") as part:
            part.write_bytes(save({"keys": raw, "vectors": np.ascontiguousarray(vectors, dtype=np.float32)}))
        self._known.update(zip(keys, vectors, strict=True))


def remove_logs(folder: Path, *, keep: str) -> None:
    """Remove the logs of other models, of which only the chunks that logs consist of go; links stay.

    Args:
        folder: Folder of logs.
        keep: Name of the log that stays.
    """
    for log in sorted(folder.iterdir()) if folder.is_dir() else ():
        if log.name == keep or not re.fullmatch(_LOG, log.name) or log.is_symlink():
            continue
        remove_made(log, _CHUNK)
        with suppress(OSError):  # something lies in it that is not ours
            log.rmdir()


def _read(chunk: Path) -> Mapping[str, Float32[np.ndarray, " d"]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(read_regular(chunk))
        keys = [row.tobytes().hex() for row in arrays["keys"]]
        return dict(zip(keys, arrays["vectors"], strict=True))
    except (SafetensorError, OSError, KeyError, ValueError):
        # A damaged chunk is only work lost: its vectors are computed again.
        return {}
