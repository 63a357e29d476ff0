"""How an image was acquired, as the nearest sidecar that holds for it says."""

import json

from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.scans.bids.sidecars import acquisition_of

FILE = "sub-01/anat/sub-01_ce-gad_T1w.nii.gz"
NAME = BidsName.parse("sub-01_ce-gad_T1w.nii.gz")


def sidecar(root, name, **fields):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(fields))


def test_the_nearest_says_last(tmp_path):
    sidecar(tmp_path, "T1w.json", MagneticFieldStrength=3, RepetitionTime=2.0)
    sidecar(tmp_path, "sub-01/anat/sub-01_T1w.json", RepetitionTime=1.9)
    sidecar(tmp_path, "sub-01/anat/sub-01_ce-gad_T1w.json", ContrastBolusIngredient="GADOLINIUM")
    words = "MagneticFieldStrength 3 T, RepetitionTime 1.9 s, ContrastBolusIngredient GADOLINIUM"
    assert acquisition_of(tmp_path, FILE, NAME) == words


def test_sidecars_of_other_images_do_not_hold(tmp_path):
    sidecar(tmp_path, "T2w.json", EchoTime=1)
    sidecar(tmp_path, "sub-01/anat/sub-01_ce-other_T1w.json", EchoTime=2)
    sidecar(tmp_path, "sub-02/anat/sub-02_T1w.json", EchoTime=3)
    assert acquisition_of(tmp_path, FILE, NAME) == ""


def test_damaged_and_odd_ones_say_nothing(tmp_path):
    (tmp_path / "T1w.json").write_text("{")
    sidecar(tmp_path, "sub-01/anat/sub-01_T1w.json", EchoTime=[1, 2], FlipAngle="x" * 200)
    assert acquisition_of(tmp_path, FILE, NAME) == ""
    (tmp_path / "T1w.json").write_text("[1]")
    assert acquisition_of(tmp_path, FILE, NAME) == ""
