"""The slices of a mosaic lie where Siemens puts them: half the surplus in, one gap after the other."""

import pytest
from pydicom.dataset import Dataset

from lexiscope.sources.scans.dicom.mosaic import mosaic_planes


def mosaic(**fields):
    dataset = Dataset()
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [-100, -100, 5], [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.Rows, dataset.Columns = [2.0, 2.0], 40, 40
    dataset.SpacingBetweenSlices = 3
    dataset.add_new((0x0019, 0x0010), "LO", "SIEMENS MR HEADER")
    dataset.add_new((0x0019, 0x100A), "US", 3)
    for name, value in fields.items():
        setattr(dataset, name, value)
    return dataset


def test_tiles_lie_one_gap_apart():
    planes = mosaic_planes(mosaic(RescaleSlope=2, AcquisitionNumber=4))
    assert [plane.geometry.position for plane in planes] == [(-80.0, -80.0, 5.0 + 3 * n) for n in range(3)]
    assert [plane.frame for plane in planes] == [0, 1, 2]
    assert {(plane.slope, plane.intercept, plane.order) for plane in planes} == {(2.0, 0.0, (4, 0))}


@pytest.mark.parametrize("fields", [{"ImageType": ["ORIGINAL"]}, {"PixelSpacing": None}])
def test_other_images_have_none(fields):
    assert mosaic_planes(mosaic(**fields)) == ()


def test_the_gap_falls_back_to_the_thickness():
    planes = mosaic_planes(mosaic(SpacingBetweenSlices=None, SliceThickness=4))
    assert planes[1].geometry.position[2] - planes[0].geometry.position[2] == 4.0
