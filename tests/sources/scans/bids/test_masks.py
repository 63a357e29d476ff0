"""Tables of a label image's values: numbers that a label can have name a structure, others nothing."""

from lexiscope.sources.scans.bids.masks import structures_of
from lexiscope.sources.scans.bids.name import BidsName
from lexiscope.sources.structures import Structure


def test_rows_that_number_no_label_name_nothing(tmp_path):
    numbers = ["1", "02", "9" * 5000, "0" * 5000 + "4", "0", "-3", "1.5", "٣", ""]
    rows = "".join(f"{number}\tname {row}\n" for row, number in enumerate(numbers))
    (tmp_path / "dseg.tsv").write_text(f"index\tname\n{rows}")
    name = BidsName.parse("sub-1_dseg.nii.gz")
    named = structures_of(tmp_path, "sub-1/anat/sub-1_dseg.nii.gz", name, "dseg")
    assert named == (Structure("name_0", frozenset({1})), Structure("name_1", frozenset({2})))
