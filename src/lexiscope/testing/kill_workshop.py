"""The verbs that write, with the small things that they read: a workshop that is made once and copied for each run."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.testing.kill_trial import in_fork

_TINY = {
    "image.yaml": "objective: simclr\ntower: cnn\ntower_settings: {stages: [8, 16]}\nsize: 32\nwidth: 16\nbatch: 4\n",
    "text.yaml": "batch: 4\n",
    "align.yaml": "image: cnn\ntext: bert\nsize: 32\nbatch: 4\nunfreeze: true\n",
    "instruct.yaml": (
        "language: language\nlora: true\nrank: 2\nevidence: 1\nreranker_epochs: 1\nprojector_epochs: 1\nside: 2\n"
        "batch: 8\n"
    ),
    "segment.yaml": "windows: 8\nwidth: 4\nbatch: 4\n",
}
_EVERY_STEP = "epochs: 2\ncheckpoint_seconds: 0\n"


@dataclass(frozen=True, slots=True)
class Verb:
    """A command that writes.

    Args:
        words: Its words, with paths below the folder of the run.
        needs: Names of what it reads, see `make_workshop`.
    """

    words: tuple[str, ...]
    needs: tuple[str, ...]


def make_workshop(folder: Path, need: str) -> None:
    """Make one of the things that verbs read, and what it is made of; nothing to do when it is there."""
    if (folder / need).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if need in _TINY:
        (folder / need).write_text(_TINY[need] + _EVERY_STEP)
        return
    make, needs = _MADE[need]
    for other in needs:
        make_workshop(folder, other)
    in_fork(lambda: make(folder))


def _images(folder: Path) -> None:
    """Pictures with captions, the last one cut short."""
    last = _captioned(folder / "images", 24)[-1]
    last.write_bytes(last.read_bytes()[:200])


def _corpus(folder: Path) -> None:
    from lexiscope.testing.speaking import make_speaking_corpus

    make_speaking_corpus(folder / "corpus", 20)


def _scans(folder: Path) -> None:
    from lexiscope.testing.cases import make_corpus

    make_corpus(folder / "scans", 6, volumes=True, size=16)


def _masked(folder: Path) -> None:
    from lexiscope.testing.masked import make_masked_corpus

    make_masked_corpus(folder / "masked", 10)


def _segmenter(folder: Path) -> None:
    from lexiscope.corpus.store import Corpus
    from lexiscope.testing.masked import make_segmenter_model

    make_segmenter_model(Corpus.open(folder / "masked"), folder / "segmenter")


def _few(folder: Path) -> None:
    """Pictures with captions that state nothing: the demo has the least to measure then."""
    _captioned(folder / "few", 12)


def _captioned(folder: Path, n: int) -> list[Path]:
    """Pictures of noise, each with a text beside it."""
    from PIL import Image as Picture

    rng = np.random.default_rng(0)
    folder.mkdir()
    paths = [folder / f"{number:02d}.png" for number in range(n)]
    for number, path in enumerate(paths):
        Picture.fromarray(rng.integers(0, 255, (24, 24), dtype=np.uint8)).save(path)
        path.with_suffix(".txt").write_text(f"Grains of kind {number}.")
    return paths


def _unsplit(folder: Path) -> None:
    from lexiscope.corpus.build import build_corpus
    from lexiscope.testing.cases import DraftSource, make_drafts

    drafts = make_drafts(40, size=16)
    build_corpus(folder / "unsplit", DraftSource([replace(draft, split=None) for draft in drafts]))


def _model(folder: Path) -> None:
    from lexiscope.corpus.store import Corpus
    from lexiscope.testing.speaking import tiny_model

    tiny_model(Corpus.open(folder / "corpus"), folder / "model")


def _language(folder: Path) -> None:
    from lexiscope.testing.speaking import save_language, tiny_language

    save_language(tiny_language(), folder / "language")


def _speaker(folder: Path) -> None:
    import shutil

    from lexiscope.testing.speaking import TEACHING
    from lexiscope.training.instruct.instruct import instruct

    shutil.copytree(folder / "model", folder / "speaker")
    config = TEACHING.model_copy(update={"language": str(folder / "language"), "lora": True, "rank": 2, "evidence": 0})
    instruct(folder / "corpus", folder / "speaker", config=config)


def _dicoms(folder: Path) -> None:
    from lexiscope.testing.dicom import Scanner

    scanner = Scanner(folder / "dicoms")
    for number in range(8):
        scanner.slice(f"s/{number}.dcm", np.full((8, 8), number, np.uint16), z=2.0 * number, series="1.2.3")


def _key(folder: Path) -> None:
    (folder / "key").write_bytes(b"secret" * 8)


def _bench(folder: Path) -> None:
    from lexiscope.evaluate.benchmark.make import make_benchmark

    make_benchmark(folder / "corpus", folder / "bench")


def _table(folder: Path) -> None:
    from PIL import Image as Picture

    (folder / "table").mkdir()
    stream = io.StringIO("image,caption,id,group\n")
    lines = ["image,caption,id,group"]
    for number in range(30):
        Picture.fromarray(np.full((9, 9), number * 8, np.uint8)).save(folder / "table" / f"{number}.png")
        lines.append(f"{number}.png,A pane of glass number {number},n{number},g{number // 2}")
    stream.write("\n".join(lines))
    (folder / "table" / "t.csv").write_text("\n".join(lines) + "\n")


def _export(form: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        from lexiscope.corpus.exchange import export_corpus

        source = "scans" if form in ("msd", "bids") else "corpus"
        export_corpus(folder / source, folder / f"as-{form}", form=form)

    return make


_FORMS = {"llava": "corpus", "openai": "corpus", "parquet": "corpus", "webdataset": "corpus", "msd": "scans"}
_FORMS["bids"] = "scans"
_MADE: Mapping[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "images": (_images, ()),
    "table": (_table, ()),
    "corpus": (_corpus, ()),
    "scans": (_scans, ()),
    "masked": (_masked, ()),
    "segmenter": (_segmenter, ("masked",)),
    "few": (_few, ()),
    "unsplit": (_unsplit, ()),
    "language": (_language, ()),
    "model": (_model, ("corpus",)),
    "speaker": (_speaker, ("model", "corpus", "language")),
    "dicoms": (_dicoms, ()),
    "key": (_key, ()),
    "bench": (_bench, ("corpus",)),
    **{f"as-{form}": (_export(form), (source,)) for form, source in _FORMS.items()},
}


def _verb(line: str, *needs: str) -> Verb:
    return Verb(tuple(f"{line} --json".split()), needs)


_BUILD = "corpus build unsplit table/t.csv --as table --image-column image --text-column caption --group-column group"
VERBS: dict[str, Verb] = {
    "build": _verb("corpus build new images", "images"),
    "build more": _verb(_BUILD, "unsplit", "table"),
    **{f"import {form}": _verb(f"corpus import new as-{form} --as {form}", f"as-{form}") for form in _FORMS},
    **{f"export {form}": _verb(f"corpus export {source} out --as {form}", source) for form, source in _FORMS.items()},
    "split": _verb("corpus split unsplit", "unsplit"),
    "deidentify": _verb("corpus deidentify dicoms --out out --key key", "dicoms", "key"),
    "write captions": _verb("write captions corpus", "corpus"),
    "write conversations": _verb("write conversations corpus", "corpus"),
    "write instructions": _verb("write instructions masked", "masked"),
    "simulate papers": _verb("simulate papers papers --papers 3", "key"),
    "simulate scenes": _verb("simulate scenes scenes --scenes 6", "key"),
    "train pretrain image": _verb("train pretrain image corpus --out new --config image.yaml", "corpus", "image.yaml"),
    "train pretrain text": _verb("train pretrain text corpus --out new --config text.yaml", "corpus", "text.yaml"),
    "train align": _verb("train align corpus --out new --config align.yaml", "corpus", "align.yaml"),
    "train instruct": _verb(
        "train instruct corpus --out model --config instruct.yaml", "corpus", "model", "language", "instruct.yaml"
    ),
    "train segment": _verb(
        "train segment masked --out model --config segment.yaml", "masked", "model", "corpus", "segment.yaml"
    ),
    "train merge": _verb("train merge speaker --out merged", "speaker"),
    "index": _verb("index model corpus", "model", "corpus"),
    "benchmark make": _verb("benchmark make corpus --out made", "corpus"),
    "benchmark run": _verb("benchmark run bench speaker", "bench", "speaker", "corpus"),
    "evaluate search": _verb("evaluate search model corpus", "model", "corpus"),
    "evaluate classify": _verb("evaluate classify model corpus --attribute colour", "model", "corpus"),
    "evaluate answer": _verb("evaluate answer speaker corpus", "speaker", "corpus"),
    "evaluate caption": _verb("evaluate caption speaker corpus", "speaker", "corpus"),
    "evaluate assistant": _verb("evaluate assistant speaker corpus", "speaker", "corpus"),
    "evaluate segment": _verb("evaluate segment segmenter masked", "segmenter", "masked"),
    "segment": _verb("segment segmenter case-0004 --corpus masked --out outlined --uncertainty", "segmenter", "masked"),
    "demo": _verb("demo --data few --out shown", "few"),
}
