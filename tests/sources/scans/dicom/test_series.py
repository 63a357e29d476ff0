"""Which series a model's modalities are: by the same name, else by the same words, never by a guess between two."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.sources.scans.dicom.series import match_series


@pytest.mark.parametrize(
    ("found", "modalities", "matched"),
    [
        (["mr_t1", "mr_t1_2"], ["mr_t1"], {"mr_t1": "mr_t1"}),  # as a corpus names them
        (["mr_t2_flair", "mr_t2", "mr_t2_localizer"], ["flair", "t2w"], {"flair": "mr_t2_flair", "t2w": "mr_t2"}),
        (["mr_t1", "mr_t1_contrast_2"], ["pre", "post"], {"pre": "mr_t1", "post": "mr_t1_contrast_2"}),
        (["mr_t1_contrast", "mr_adc"], ["t1ce", "t2", "adc"], {"t1ce": "mr_t1_contrast", "adc": "mr_adc"}),
        (["ct", "mr_t1"], ["ct", "t1"], {"ct": "ct", "t1": "mr_t1"}),
        (["dx", "us"], ["xray"], {"xray": "dx"}),
        (["cr"], ["image"], {"image": "cr"}),  # one series, one modality
    ],
)
def test_matches(found, modalities, matched):
    assert match_series(found, modalities) == matched


def test_the_modality_that_is_meant_decides():
    assert match_series(["mr"], ["flair", "t1w"], modality="t1w") == {"t1w": "mr"}
    assert match_series(["mr_t2_flair", "mr_t1"], ["flair", "t1w"], modality="t1w") == {"t1w": "mr_t1"}


@pytest.mark.parametrize(
    ("found", "modalities", "message"),
    [
        (["mr_t1", "mr_t1_2"], ["t1w"], "one series that shows t1w, found mr_t1, mr_t1_2; point at the folder of one"),
        (["mr_t2_flair"], ["t1w", "t2w"], "shows t1w or t2w, found mr_t2_flair; .*--modality"),
        (["mr_t1_contrast", "ct"], ["t1"], "shows t1, found ct, mr_t1_contrast"),  # with contrast is not without
        (["ct"], ["t1"], "shows t1, found ct"),  # the only one is not the right one
        (["mr", "mr_2"], ["image"], "shows image, found mr, mr_2"),
    ],
)
def test_nothing_is_guessed(found, modalities, message):
    with pytest.raises(UsageError, match=message):
        match_series(found, modalities)
