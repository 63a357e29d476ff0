"""Reports and attributes say what is planned and measured, in several wordings."""

import numpy as np
import pytest

from lexiscope.simulate.brain.report import AUTHOR, describe_visit, visit_attributes
from lexiscope.simulate.brain.visit import Lesion, Visit


def _visit(kind="old infarct", regions=("left frontal lobe",), atrophy=1):
    lesions = tuple(Lesion(kind, region, (0.0, 0.0, 0.0), 9.0, 0.0, (1.0, 1.0, 1.0)) for region in regions)
    return Visit(3, 1, 61, "female", kind, atrophy, 0.0, lesions, ("flair",), "train")


def _texts(visit, sizes, seed=0):
    return describe_visit(visit, sizes=sizes, ventricles_ml=31.26, rng=np.random.default_rng(seed))


def test_report_and_impression_say_place_size_and_fluid():
    for seed in range(12):
        report, impression = _texts(_visit(), [17.6], seed)
        assert (report.kind, impression.kind, report.author) == ("report", "finding", AUTHOR)
        for text in (report.text, impression.text):
            assert "left frontal lobe" in text
            assert "18 mm" in text
            assert "31.3 ml" in text
        assert "61" in report.text
        assert "imulated" in report.text


def test_wordings_vary_with_the_generator_alone():
    texts = {_texts(_visit(), [17.6], seed) for seed in range(30)}
    assert len(texts) > 15
    assert _texts(_visit(), [17.6], 5) == _texts(_visit(), [17.6], 5)


@pytest.mark.parametrize(("count", "words"), [(1, ("lesion ", "one")), (3, ("lesions ", "three"))])
def test_numbers_and_plurals_agree(count, words):
    visit = _visit("focal white matter lesions", ("right parietal lobe",) * count)
    for seed in range(9):
        report, _ = _texts(visit, [7.0] * count, seed)
        assert words[0] in report.text
        assert words[1] in report.text.casefold()


@pytest.mark.parametrize(
    ("regions", "side", "lobe"),
    [
        ((), "none", "none"),
        (("left frontal lobe",), "left", "frontal lobe"),
        (("left frontal lobe", "right frontal lobe"), "both", "frontal lobe"),
        (("left frontal lobe", "left parietal lobe"), "left", "several regions"),
        (("periventricular white matter",), "both", "periventricular white matter"),
    ],
)
def test_attributes_tell_the_same_truth(regions, side, lobe):
    visit = _visit("old infarct" if regions else "none", regions, atrophy=3)
    row = visit_attributes(visit, sizes=[11.24] * len(regions), ventricles_ml=40.06)
    assert (row["side"], row["lobe"], row["lesion_count"]) == (side, lobe, len(regions))
    assert (row["size_mm"], row["ventricles_ml"]) == (11.2 if regions else 0.0, 40.1)
    assert (row["atrophy"], row["age"], row["visit"]) == ("severe", 61, 2)
