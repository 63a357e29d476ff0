"""Image files whose right pictures are known."""

import io

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Pillow


@pytest.fixture
def read_png():
    """PNG bytes -> array."""

    def read(data):
        return np.asarray(Pillow.open(io.BytesIO(data)))

    return read


@pytest.fixture
def marked_head(tmp_path):
    """A head whose right, front, top eighth is bright, stored in another orientation than RAS."""

    def write(name="head.nii.gz", *, sform=2, qform=0):
        ras = np.zeros((8, 10, 6), np.int16)  # (x, y, z) to the right, the front and the top
        ras[4:, 5:, 3:] = 1000
        stored = ras[::-1].transpose(2, 0, 1)  # (z, x from right to left, y)
        turned = np.array([[0, -2.0, 0, 14], [0, 0, 2.0, -5], [4.0, 0, 0, 3], [0, 0, 0, 1]])
        image = nib.Nifti1Image(stored, turned)
        image.header.set_xyzt_units("mm")
        image.set_sform(turned, sform)
        image.set_qform(turned, qform)
        nib.save(image, tmp_path / name)
        return tmp_path / name

    return write
