"""`read_voxel_input`: the images of an input as they lie in space, for a task that answers place by place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_file
from lexiscope.corpus import Corpus
from lexiscope.language.instructions.case_images import CaseImages, contents_key, on_one_grid
from lexiscope.language.instructions.standardised import standardise
from lexiscope.tasks.input_files import InputFile, input_files, unread_images
from lexiscope.tasks.inputs import Input
from lexiscope.views.batch import ImageBatch
from lexiscope.views.case_grid import CaseGrid, PreparedCase
from lexiscope.views.stored_grid import StoredGrid
from lexiscope.views.voxels import Voxels


@dataclass(frozen=True)
class VoxelInput(Input):
    """One case on its common grid.

    Args:
        prepared: Images on the common grid.
        stored: Grid of the file that results are written for, as it is stored.
        spacing: (z, y, x) of the grid that results are restored to, in `unit`; None when unknown.
        unit: "mm" or "nm"; None with the spacing.
        series: DICOM files that the image was made of, slice by slice as it stores them; none for other inputs.
        voxels: Modality -> the image as it is stored, of which instructions may be written. No mask is among them.
        key: Hash of what they hold, as instructions know it.
        unread: What came along that the segmenter does not read: modalities of a case, files of a folder.
    """

    prepared: PreparedCase
    stored: StoredGrid
    spacing: tuple[float, ...] | None
    unit: str | None
    series: tuple[Path, ...] = ()
    voxels: Mapping[str, Voxels] = field(default_factory=dict)
    key: str = ""
    unread: tuple[str, ...] = ()

    @property
    def file_shape(self) -> tuple[int, ...]:
        """(z, y, x), of planes (y, x), by the indices of the file."""
        shape = self.prepared.grid.shape
        empty = np.broadcast_to(np.uint8(0), (1, *shape)[-3:])
        return self.stored.in_file_order(empty).shape[-len(shape) :]

    @cached_property
    def sided(self) -> bool:
        """True where what is found has a side of the patient: in a scan with air around the body, whose middle is seen.

        One that was cut out of the body, such as a hippocampus, does not show it.
        """
        if self.stored.affine is None:
            return False
        images = CaseImages(on_one_grid(self.prepared.images), None, None, True, self.key)
        return not bool(standardise(images).body.all())


def read_voxel_input(
    image: Path | str, *, grid: CaseGrid, corpus: Corpus | Path | str | None = None, modality: str | None = None
) -> VoxelInput:
    """Read the images of an input and lay them on one grid.

    Args:
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        grid: Settings of the grid.
        corpus: Corpus that holds the case.
        modality: What an image file or a DICOM series shows, when the grid holds several modalities.

    Raises:
        UsageError: an input that fits no modality, an image without values, or a plane for a segmenter of volumes.
        SourceError: an image file that cannot be read.
        ViewError: images that cannot be laid over each other.
        CorpusError: no such case, or an image of it that was changed.
    """
    if corpus is not None:
        opened = Corpus.of(corpus)
        case = opened[str(image)]
        read = {name: one for name, one in case.images.items() if name in grid.channels}
        if not read:
            msg = f"expected a case with an image of {' or '.join(sorted(grid.channels))}, got {case.id}"
            raise UsageError(f"{msg} with {', '.join(sorted(case.images)) or 'none'}; ask about another case")
        files = {name: InputFile(opened.checked_path(one), one.spacing, one.unit) for name, one in read.items()}
        contents = {name: one.content for name, one in read.items()}
        given = _laid_out(case.id, files, grid, contents=contents, group=case.group)
        return replace(given, unread=tuple(sorted(case.images.keys() - read.keys())))
    with input_files(Path(image), grid.channels, modality=modality) as found:
        contents = {name: sha256_file(file.path) for name, file in found.items()}
        given = _laid_out(str(image), found, grid, contents=contents, group=None)
        return replace(given, unread=tuple(unread_images(Path(image), {file.path for file in found.values()})))


def _laid_out(
    name: str,
    files: Mapping[str, InputFile],
    grid: CaseGrid,
    *,
    contents: Mapping[str, str],
    group: str | None,
) -> VoxelInput:
    voxels = {modality: Voxels.read(file.path, file.spacing) for modality, file in sorted(files.items())}
    finest = max(voxels, key=lambda modality: voxels[modality].values[0].size)  # as `CaseGrid.prepare` chooses
    _refuse_without_values(voxels)
    file, prepared = files[finest], grid.prepare(voxels, {})
    if grid.dims == 3 and voxels[finest].shape[0] == 1:
        msg = f"expected a volume, as the segmenter learned from volumes, got {name} with a plane of "
        msg += " x ".join(map(str, prepared.shape[1:]))
        raise UsageError(f"{msg}; give it the whole volume, or train a segmenter of planes with --dims 2")
    stored = StoredGrid.of(file.path)
    return VoxelInput(
        name,
        ImageBatch({}, {}),
        frozenset(contents.values()),
        group,
        prepared,
        stored,
        file.spacing,
        file.unit,
        series=file.series,
        voxels=voxels,
        key=contents_key({name: (contents[name], one.spacing, one.unit) for name, one in files.items()}),
    )


def _refuse_without_values(images: Mapping[str, Voxels]) -> None:
    empty = [modality for modality, image in images.items() if not np.isfinite(image.values).any()]
    if empty:
        msg = f"expected images with values, got {', '.join(empty)} without a single finite one"
        raise UsageError(f"{msg}; export it again, or leave it out")
