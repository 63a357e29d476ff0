"""`read_samples`: the samples of a tar shard, whatever the order of its files; nothing is ever unpacked to disk."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lexiscope.core.regular import open_regular
from lexiscope.sources.draft import Rejected
from lexiscope.sources.paths import with_slashes

LARGEST_MEMBER = LARGEST_SAMPLE = 1 << 30  # bytes
_OF_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")  # gzip, bzip2, xz, zstd
_REMEDY = "copy or export the shard again"


@dataclass(frozen=True, slots=True)
class Sample:
    """Files of a shard that share a name.

    Args:
        key: Their name: folder and file name up to the first dot.
        places: Rest of a file's name -> where its bytes start and how many they are.
    """

    key: str
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read(self, shard: Path) -> dict[str, bytes]:
        """Rest of a file's name -> its bytes."""
        with open_regular(shard) as stream:
            return {name: _read_at(stream, *place) for name, place in self.places.items()}


def read_samples(shard: Path) -> Iterator[Sample | Rejected]:
    """The samples of a shard in the order in which it first names them; then what of it cannot be read.

    What systems leave beside files (`._name` and `.DS_Store` of macOS) is no file of a sample.
    """
    samples: dict[str, Sample] = {}
    rejected: list[Rejected] = []
    try:
        _index(shard, samples, rejected)
    except tarfile.TarError as error:
        rejected.append(_no_tar(shard, error))
    except (OSError, EOFError) as error:
        rejected.append(Rejected(str(shard), f"is a damaged or truncated tar file: {error}", _REMEDY))
    yield from samples.values()
    yield from rejected


def _no_tar(shard: Path, error: Exception) -> Rejected:
    with open_regular(shard) as stream:
        start = stream.read(6)
    if start.startswith(_COMPRESSED):
        return Rejected(str(shard), "is compressed, and shards are read as plain tar files", "unpack it (gunzip, unxz)")
    return Rejected(str(shard), f"is a damaged or truncated tar file: {error}", _REMEDY)


def _index(shard: Path, samples: dict[str, Sample], rejected: list[Rejected]) -> None:
    size = shard.stat().st_size
    with open_regular(shard) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
        while (info := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
            name = with_slashes(info.name).removeprefix("./")
            if info.isdir() or _is_of_a_system(name):
                continue
            why = _unfit(info, size) or _place(samples, name, info)
            if why:
                rejected.append(Rejected(f"{shard.name}/{name}", *why))
        behind = _behind(shard, archive.offset)
    if behind:
        reason = f"holds {behind:,} bytes behind the end of the archive, which were not read: it is damaged or joined"
        rejected.append(Rejected(str(shard), reason, f"{_REMEDY}; join shards with tar --concatenate"))


def _is_of_a_system(name: str) -> bool:
    folders, _, file = name.rpartition("/")
    return file.startswith("._") or file in _OF_SYSTEMS or "__MACOSX" in folders.split("/")


def _unfit(info: tarfile.TarInfo, size: int) -> tuple[str, str] | None:
    """Why a member cannot be read, and what to do."""
    if not info.isreg() or info.issparse():
        return "is a link, a device or a file with holes, and only whole files are read", "export the shard again"
    if info.size > LARGEST_MEMBER:
        return f"has {info.size:,} bytes, more than {LARGEST_MEMBER:,}", "split the file"
    if info.offset_data + info.size > size:
        return "ends in the middle: the shard is truncated", _REMEDY
    return None


def _place(samples: dict[str, Sample], name: str, info: tarfile.TarInfo) -> tuple[str, str] | None:
    """File a member under its sample; gives why not, and what to do."""
    folder, _, file = name.rpartition("/")
    stem, _, rest = file.partition(".")
    if not stem or not rest:
        return "has no name and suffix, by which files of a sample belong together", "rename or remove it"
    key = f"{folder}/{stem}" if folder else stem
    places = samples.setdefault(key, Sample(key)).places
    if rest in places:
        return "stands in the shard twice; the first was kept", "give every sample a name of its own"
    if sum(count for _, count in places.values()) + info.size > LARGEST_SAMPLE:
        return f"makes its sample larger than {LARGEST_SAMPLE:,} bytes, and was left out", "split the sample"
    places[rest] = (info.offset_data, info.size)
    return None


def _behind(shard: Path, offset: int) -> int:
    """Bytes behind the end of the archive, where there should be zeros alone."""
    with open_regular(shard) as stream:
        stream.seek(offset)
        while block := stream.read(1 << 20):
            if block.strip(b"\0"):
                return shard.stat().st_size - offset
    return 0


def _read_at(stream: IO[bytes], start: int, count: int) -> bytes:
    stream.seek(start)
    return stream.read(count)
