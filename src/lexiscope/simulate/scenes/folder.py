"""`write_scenes`: a folder of simulated scenes with a table of cases, whose truth is known class by class."""

import csv
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from lexiscope.core.errors import UsageError
from lexiscope.core.files import write_json, write_text
from lexiscope.core.progress import Progress
from lexiscope.simulate.scenes.picture import Floor, render
from lexiscope.simulate.scenes.plan import PICTURES, PLANTED, VALUES, Scene, plan_picture

TABLE, TRUTH = "cases.csv", "truth.json"
MODALITIES = ("colour", "depth")
BUILD = (
    *(word for name in MODALITIES for word in ("--image-column", name)),
    *("--mask-column", "labels"),
    *(word for name in PLANTED for word in ("--structure", f"{name}={VALUES[name]}")),
    *("--id-column", "id", "--group-column", "scene", "--split-column", "split", "--licence", "CC0 1.0"),
)
_KINDS = (*MODALITIES, "labels")
_COLUMNS = ("id", "scene", "split", *_KINDS)
_FLOOR, _PLAN, _NOISE = 1, 2, 3  # purposes of random generators
_MEANS = {
    "special to colour": "colour shows it, depth does not",
    "special to depth": "depth shows it, colour does not",
    "consistent": "either of colour and depth shows it",
    "synergistic": "neither shows it alone; both together do",
}


@dataclass(frozen=True, slots=True)
class Scenes:
    """Content of a folder of simulated scenes.

    Args:
        folder: Path of the folder.
        scenes: Number of scenes asked for.
        written: Number of scenes made now; the others were made before.
        pictures: Number of pictures, each a case.
        table: Path of the table of cases.
        options: Words of `corpus build` that read the table.
    """

    folder: str
    scenes: int
    written: int
    pictures: int
    table: str
    options: tuple[str, ...]


def write_scenes(folder: Path | str, *, scenes: int = 96, seed: int = 0, progress: Progress | None = None) -> Scenes:
    """Make scenes of four pictures each: colour and depth over each other, labels, a table of cases and the truth.

    The same seed gives the same bytes, and scene i is the same whatever the number of scenes; a run that was stopped
    goes on where it was. Of six scenes in a row four are for training, one for validation and one for testing.

    Args:
        folder: Folder that gets the files; made if needed.
        scenes: Number of scenes, each a group of its own.
        seed: Seed of all that is random in them.
        progress: Called after every scene.

    Raises:
        UsageError: fewer than six scenes, of which one split would stay empty, or a negative seed.
    """
    if scenes < 6 or seed < 0:
        msg = f"simulated scenes need scenes >= 6, so that no split is empty, and seed >= 0, got {scenes} and {seed}"
        raise UsageError(msg)
    folder = Path(folder)
    rows: list[tuple[str, ...]] = []
    written = 0
    for index in range(scenes):
        scene = Scene(seed, index)
        if not (folder / scene.id).is_dir():
            _write(folder, scene)
            written += 1
        rows += _rows(scene)
        if progress:
            progress(index + 1, scenes, "scenes simulated")
    write_text(folder / TABLE, _as_csv(rows))
    write_json(folder / TRUTH, _truth(scenes, seed))
    return Scenes(str(folder), scenes, written, len(rows), str(folder / TABLE), BUILD)


def _rows(scene: Scene) -> list[tuple[str, ...]]:
    return [
        (f"{scene.id}-{number}", scene.id, scene.split, *(f"{scene.id}/{number}-{kind}.png" for kind in _KINDS))
        for number in range(PICTURES)
    ]


def _write(folder: Path, scene: Scene) -> None:
    """A scene's folder, whole or not at all."""
    part = folder / f".{scene.id}.part"
    shutil.rmtree(part, ignore_errors=True)  # left by a run that died
    part.mkdir(parents=True)
    floor = Floor.draw(scene.rng(_FLOOR))
    for number in range(PICTURES):
        picture = render(plan_picture(scene.rng(_PLAN, number)), floor, rng=scene.rng(_NOISE, number))
        for kind in _KINDS:
            Pillow.fromarray(getattr(picture, kind)).save(part / f"{number}-{kind}.png")
    part.replace(folder / scene.id)


def _as_csv(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_COLUMNS, *rows])
    return text.getvalue()


def _truth(scenes: int, seed: int) -> dict[str, Any]:
    classes = {
        name: {"value": VALUES[name], "planted": planted, "means": _MEANS[planted]} for name, planted in PLANTED.items()
    }
    return {"simulated": True, "scenes": scenes, "seed": seed, "modalities": list(MODALITIES), "classes": classes}
