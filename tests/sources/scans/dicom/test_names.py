"""Names of modalities are words of a fixed vocabulary, never free text."""

import pytest
from pydicom.dataset import Dataset

from lexiscope.sources.scans.dicom.names import hints_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AX T1 MPRAGE post GD", ("t1", "contrast")),
        ("t2_tse_tra", ("t2",)),
        ("T2* GRE", ("t2star",)),
        ("t2star_fl2d", ("t2star",)),
        ("ax T2 star", ("t2star",)),
        ("T2*w", ("t2star",)),
        ("T2*, T2", ("t2", "t2star")),
        ("T2w starts here", ("t2",)),
        ("t2_tirm dark-fluid", ("t2", "flair")),
        ("ep2d_diff_b1000 ADC", ("adc",)),
        ("DWI", ("dwi",)),
        ("Jane Doe's localizer", ("localizer",)),
        ("knee of Jane Doe", ()),
        ("at1b", ()),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


def test_the_description_goes_before_type_and_protocol():
    dataset = Dataset()
    dataset.ProtocolName, dataset.ImageType = "flair", ["DERIVED", "ADC"]
    assert hints_of(dataset) == ("adc",)
    dataset.SeriesDescription = "T1"
    assert hints_of(dataset) == ("t1",)
    assert hints_of(Dataset()) == ()
