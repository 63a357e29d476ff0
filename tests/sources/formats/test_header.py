"""Headers that claim nothing, or too much, are refused before anything is read."""

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import MAX_BYTES, MAX_PIXELS, Header


def test_the_largest_image_is_taken_and_one_value_more_is_not():
    Header("tiff", (MAX_PIXELS // 2**14, 2**14), 1, 8)
    with pytest.raises(SourceError, match=r"the tiff header claims .* at most 536,870,912 values") as error:
        Header("tiff", (MAX_PIXELS // 2**14, 2**14), 3, 8)
    assert "tile, crop or downsample" in error.value.remedy


def test_bytes_count_too():
    values = MAX_BYTES // 8
    Header("nifti", (values // 1024, 1024), 1, 64)
    with pytest.raises(SourceError, match="of 64 bits"):
        Header("nifti", (values // 1024, 1025), 1, 64)


@pytest.mark.parametrize(("shape", "channels"), [((0, 4), 1), ((4, 4), 0), ((-1, -4), 1)])
def test_nothing_is_no_image(shape, channels):
    with pytest.raises(SourceError, match="expected an image, got a png of shape"):
        Header("png", shape, channels, 8)
