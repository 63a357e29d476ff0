"""`read_label`: the label of a case; a picture with a palette gives its indices, which are what it means."""

from pathlib import Path

from lexiscope.sources.draft import ImageFile
from lexiscope.sources.encode import plane_file
from lexiscope.sources.formats.indexed import has_palette, read_indices
from lexiscope.sources.paths import inside
from lexiscope.sources.scans.nifti.volumes import Volume, read_volume


def read_label(root: Path, name: str) -> Volume:
    """The label image that `name` stands for, relative to `root`.

    Raises:
        SourceError: it leaves `root`, or cannot be read.
    """
    path = inside(root, name)
    if not has_palette(path):
        return read_volume(root, name)
    indices = plane_file(read_indices(path), None)
    return Volume(ImageFile(indices.origin), (path,), ("palette image: its indices are the classes",))
