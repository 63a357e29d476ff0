"""Lists of images that lead back into themselves are refused; all others are left to the reader."""

import numpy as np
import pytest
import tifffile

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.tiff_chain import refuse_endless
from lexiscope.sources.pixels import peek


@pytest.fixture(params=[False, True], ids=["classic", "big"])
def pages(request, tmp_path):
    """A TIFF of three images, and where the place of the next one is written behind each."""
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path, bigtiff=request.param) as writer:
        for value in range(3):
            writer.write(np.full((4, 6), value, np.uint8), contiguous=False)
    big = request.param
    with tifffile.TiffFile(path) as file:
        offsets = [page.offset for page in file.pages]
        ends = [page.offset + (8 + 20 * len(page.tags) if big else 2 + 12 * len(page.tags)) for page in file.pages]
    return path, offsets, ends, 8 if big else 4


@pytest.mark.parametrize(("last", "first"), [(2, 0), (2, 2), (1, 0)])
def test_a_list_that_never_ends_is_refused(pages, last, first):
    path, offsets, ends, width = pages
    data = bytearray(path.read_bytes())
    data[ends[last] : ends[last] + width] = offsets[first].to_bytes(width, "little")
    path.write_bytes(data)
    with pytest.raises(SourceError, match=f"leads from image {last + 1} back to an earlier one"):
        peek(path)


def test_a_list_that_ends_or_is_cut_is_left_to_the_reader(pages):
    path, _, ends, _ = pages
    refuse_endless(path)
    path.write_bytes(path.read_bytes()[: ends[1]])
    refuse_endless(path)
    path.write_bytes(b"II")
    refuse_endless(path)
