"""`SegmenterPart`: masks of structures by a sentence."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float32
from safetensors.numpy import save_file

from lexiscope.core.errors import ModelError
from lexiscope.core.files import write_json
from lexiscope.models.card import CardSection
from lexiscope.models.ood_detector import OodDetector
from lexiscope.models.parts.files import CONFIG, read_json
from lexiscope.models.parts.image import modalities_meet
from lexiscope.models.parts.part import Part
from lexiscope.models.saved import damaged, read_arrays
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.views.case_grid import CaseGrid

_GRID, _STRUCTURES, _PROFILES = "grid.json", "structures.json", "profiles.json"
_INSTRUCTIONS, _FOREIGN, _VECTORS = "instructions.safetensors", "foreign.safetensors", "vectors"


@dataclass(frozen=True, slots=True)
class Structure:
    """What a segmenter knows of a structure that it learned.

    Args:
        wordings: Sentences it was asked for with, the plain name first.
        threshold: Probability from which a voxel belongs to it, chosen on the split "val".
        presence: Score of presence below which a case's mask is emptied, chosen on the split "val".
        cases: Number of cases that it was learned from.
    """

    wordings: tuple[str, ...]
    threshold: float = 0.5
    presence: float = 0.0
    cases: int = 0


@dataclass(frozen=True)
class SegmenterContent:
    """A segmenter with what it needs to read a case.

    Args:
        segmenter: The network, with its text tower.
        grid: Settings of the grid that a case's images are laid on.
        window: Sides of the windows that it was trained in, (y, x) or (z, y, x).
        structures: What it learned, by name.
        profiles: Structure -> what it looks like in the images that were learned from, as a writer of instructions kept
            it (`StructureProfile.to_dict`); none in a model of an earlier version.
        mirrors: Axes of a window that masks are averaged over mirrored copies along, where that helped on the split
            "val"; for plain names alone, which tell of no place.
        ood: Detector of images that are unlike those of the training; None in a model of an earlier version, or trained
            without a split "val".
        instructions: Vectors of cases' instructions that training asked with, at most a few hundred, and no words: what
            a sentence is compared with beside the wordings of names; None where it asked with names alone.
        foreign: Vectors of the wordings of structures that no case had, which training asked for in vain; None in a
            model of an earlier version.
    """

    segmenter: Segmenter
    grid: CaseGrid
    window: tuple[int, ...]
    structures: Mapping[str, Structure]
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mirrors: tuple[int, ...] = ()
    ood: OodDetector | None = None
    instructions: Float32[np.ndarray, "n d"] | None = None
    foreign: Float32[np.ndarray, "m d"] | None = None


class SegmenterPart(Part):
    """Segmenter by sentences, in `segmenter/`."""

    name: ClassVar[str] = "segmenter"
    command: ClassVar[str] = "lexiscope train segment CORPUS --out {path}"

    def save(self, content: SegmenterContent, folder: Path) -> None:
        """Write the network and its tokenizer, and all that is known beside it, each in its file."""
        content.segmenter.save_pretrained(folder)
        write_json(folder / _GRID, _placing(content))
        write_json(folder / _STRUCTURES, {name: asdict(one) for name, one in content.structures.items()})
        write_json(folder / _PROFILES, dict(content.profiles))
        if content.ood is not None:
            content.ood.save(folder)
        for file, vectors in ((_INSTRUCTIONS, content.instructions), (_FOREIGN, content.foreign)):
            if vectors is not None:
                save_file({_VECTORS: np.ascontiguousarray(vectors)}, folder / file)

    def load(self, folder: Path) -> SegmenterContent:
        """The segmenter in eval mode, with its grid and structures."""
        grid, learned = load_grid(folder), load_structures(folder)
        with _sound(folder):
            placing = read_json(folder / _GRID)
            window = tuple(int(side) for side in placing["window"])
            mirrors = tuple(int(axis) for axis in placing.get("mirrors", ()))  # earlier versions wrote none
        profiles = read_json(folder / _PROFILES) if (folder / _PROFILES).is_file() else {}
        segmenter, ood = Segmenter.from_pretrained(folder), OodDetector.load(folder)
        told, foreign = (_vectors(folder / file, segmenter.text.width) for file in (_INSTRUCTIONS, _FOREIGN))
        return SegmenterContent(segmenter, grid, window, learned, profiles, mirrors, ood, told, foreign)

    def section(self, folder: Path, record: Mapping[str, Any]) -> CardSection:
        """Section of the model card: structures, fusion, parameters, and the origin of frozen towers."""
        config, structures = read_json(folder / CONFIG), read_json(folder / _STRUCTURES)
        result = record.get("result", {})
        counts = result.get("parameters", {})
        return CardSection(
            title="Segmenter",
            folder=self.name,
            summary="Masks of structures that a sentence names; " + modalities_meet(config.get("fusion", "late")),
            weights=config.get("weights", ()),
            notes=[
                f"Reads {', '.join(sorted(config['modalities']))}, in {config.get('dims', 2)} dimensions.",
                "Learned "
                + ", ".join(f"{name} ({one.get('cases', 0)} cases)" for name, one in structures.items())
                + ".",
                *_averaging(read_json(folder / _GRID)),
                f"{counts.get('trainable', 'unknown')} of {counts.get('total', 'unknown')} parameters were trained.",
            ],
            record=record,
        )


def _vectors(file: Path, width: int) -> Float32[np.ndarray, "n d"] | None:
    """Vectors of sentences; None where training asked with none of their kind, or in a model of an earlier version."""
    if not file.is_file():
        return None
    arrays = read_arrays(file)
    vectors = arrays.get(_VECTORS, np.zeros(()))
    if arrays.keys() != {_VECTORS} or vectors.dtype != np.float32 or vectors.shape[1:] != (width,):
        raise damaged(file, "vectors of sentences", f"expected rows of {width} numbers")
    return vectors


def _averaging(placing: Mapping[str, Any]) -> list[str]:
    mirrors, names = placing.get("mirrors", ()), ("z", "y", "x")[-len(placing["window"]) :]
    if not mirrors:
        return []
    return [f"Asked for plain names, it averages over copies mirrored along {', '.join(names[n] for n in mirrors)}."]


def _placing(content: SegmenterContent) -> dict[str, Any]:
    return {"grid": content.grid.to_dict(), "window": list(content.window), "mirrors": list(content.mirrors)}


def load_grid(folder: Path) -> CaseGrid:
    """Settings of the grid that a segmenter reads cases on.

    Raises:
        ModelError: the folder is damaged.
    """
    record = read_json(folder / _GRID)
    with _sound(folder):
        return CaseGrid.from_dict(record["grid"])


def load_structures(folder: Path) -> dict[str, Structure]:
    """What a segmenter knows of the structures that it learned, by name.

    Raises:
        ModelError: the folder is damaged.
    """
    record = read_json(folder / _STRUCTURES)
    with _sound(folder):
        return {name: Structure(**{**one, "wordings": tuple(one["wordings"])}) for name, one in record.items()}


@contextmanager
def _sound(folder: Path) -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except Exception as error:  # on odd settings, constructors raise nearly anything
        msg = f"expected grid, window and structures in {folder}, got others: {type(error).__name__}: {error}"
        raise ModelError(f"{msg}; the part is damaged, make it again") from error
