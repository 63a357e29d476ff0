from itertools import product

import numpy as np
import pytest

from lexiscope.serve.pictures.picture import png


@pytest.mark.parametrize(("channels", "height", "width"), product((1, 3), (1, 2, 5), (1, 2, 5)))
def test_pictures_of_every_shape_come_back_as_they_were(read_png, channels, height, width):
    plane = np.arange(channels * height * width, dtype=np.uint8).reshape(channels, height, width)
    shown = plane[0] if channels == 1 else np.moveaxis(plane, 0, -1)
    assert read_png(png(plane)).tolist() == shown.tolist()
    assert read_png(png(plane, (7, 9))).shape[:2] == (7, 9)
