"""`hostile_uploads`: files that nobody should send to a server, the same ones from one seed, made by code."""

import gzip
import io
import random
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.testing.dicom import Scanner
from lexiscope.testing.fuzz.mutations import mutations
from lexiscope.testing.fuzz.pictures import mrc_seeds, nifti_seeds, raster_seeds, tiff_seeds

_NAMES = (
    "scan.nii.gz",
    "../../etc/passwd.png",
    "/etc/cron.d/x.tif",
    "C:\\windows\\a.dcm",
    'a"; filename="b.png',
    "a\r\nSet-Cookie: x=1.png",
    "\u202egnp.exe",
    "x" * 5000 + ".png",
    "",
    ".",
    "<script>alert(1)</script>.png",
    "a\0b.nii",
)
_ZEROS = 64 << 20  # bytes that an archive of some kilobytes unpacks to


@dataclass(frozen=True, slots=True)
class HostileFile:
    """One file.

    Args:
        name: As its sender calls it.
        data: Its bytes.
    """

    name: str
    data: bytes


def hostile_uploads(count: int, *, folder: Path, seed: int = 0) -> Iterator[HostileFile]:
    """Bombs and broken archives first, then files of every format that are nearly right, under names of all kinds.

    Args:
        count: Number of files.
        folder: Folder for DICOM files while they are made.
        seed: Seed of chance.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    return islice(_all(folder, chance, count, seed), count)


def send_and_ask(client: Any, file: HostileFile, *, modality: str) -> list[int]:
    """Upload a file, ask three tasks about it and search by it as a job; the statuses of the answers.

    Args:
        client: Client of a server, with `get` and `post` as httpx has them.
        modality: What the file is said to show.
    """
    sent = client.post("/api/v1/uploads", files={"file": (file.name or "none", file.data)})
    if sent.status_code != 201:
        return [sent.status_code]
    upload = sent.json()["upload"]
    given = {"input": {"upload": upload, "modality": modality}}
    bodies = {
        "ask": {**given, "request": {"question": "Is there a lesion?"}},
        "segment": {**given, "request": {"structure": ["lesion"]}},
        "classify": {**given, "settings": {"attribute": "side"}},
    }
    answers = [client.post(f"/api/v1/{verb}", json=body).status_code for verb, body in bodies.items()]
    alike = {"request": {"image": upload, "modality": modality}}
    begun = client.post("/api/v1/search", json=alike, headers={"Prefer": "respond-async"})
    return [201, *answers, begun.status_code if begun.status_code != 202 else end_of_job(client, begun.json()["job"])]


def end_of_job(client: Any, job: str) -> int:
    """The status of what a job ends with, once it has ended: that of its problem, or 200.

    Args:
        client: Client of a server, with `get` as httpx has it.
        job: Id of the job.
    """
    client.get(f"/api/v1/jobs/{job}/events")  # a stream that closes when the job has ended
    problem = client.get(f"/api/v1/jobs/{job}").json()["problem"]
    return 200 if problem is None else int(problem["status"])


def _all(folder: Path, chance: random.Random, count: int, seed: int) -> Iterator[HostileFile]:
    yield from _bombs()
    yield from (HostileFile(name, next(raster_seeds())) for name in _NAMES)
    seeds = {
        ".nii": list(nifti_seeds()),
        ".png": list(raster_seeds()),
        ".tif": list(tiff_seeds()),
        ".mrc": list(mrc_seeds()),
        ".dcm": [_dicom(folder)],
        ".zip": [_zip({"a.dcm": _dicom(folder), "b.dcm": _dicom(folder)})],
    }
    changed = {suffix: mutations(files, count, seed=seed) for suffix, files in seeds.items()}
    while True:
        suffix = chance.choice(list(changed))
        name = chance.choice((f"file{suffix}", f"file{suffix}", chance.choice(_NAMES)))
        yield HostileFile(name, next(changed[suffix]))


def _bombs() -> Iterator[HostileFile]:
    zeros = bytes(_ZEROS)
    volume = next(nifti_seeds())
    yield HostileFile("zeros.nii.gz", gzip.compress(volume + zeros))
    yield HostileFile("vast.nii", volume[:40] + struct.pack("<8h", 3, 32000, 32000, 32000, 1, 1, 1, 1) + volume[56:])
    yield HostileFile("bomb.zip", _zip({f"{number}.dcm": zeros for number in range(3)}))
    yield HostileFile("inside.zip", _zip({"a.zip": _zip({"b.zip": _zip({"c.dcm": zeros[: 1 << 20]})})}))
    yield HostileFile("paths.zip", _zip({"../../escaped.dcm": b"x", "/absolute.dcm": b"x", "a/../../b.dcm": b"x"}))
    yield HostileFile("many.zip", _zip({f"{number}.dcm": b"" for number in range(20_001)}))
    locked = bytearray(_zip({"a.dcm": b"x" * 100}))
    locked[6] |= 1  # says that it is encrypted
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    yield HostileFile("locked.zip", bytes(locked))
    yield HostileFile("empty.zip", _zip({}))
    yield HostileFile("cut.zip", _zip({"a.dcm": b"x" * 1000})[:-30])
    yield HostileFile("empty.png", b"")
    yield HostileFile("nothing.dcm", bytes(128) + b"DICM")
    yield HostileFile("text.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")


def _zip(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _dicom(folder: Path) -> bytes:
    Scanner(folder).slice("slice.dcm", np.arange(48, dtype=np.int16).reshape(6, 8), z=0.0, series="1.2.3")
    return (folder / "slice.dcm").read_bytes()
