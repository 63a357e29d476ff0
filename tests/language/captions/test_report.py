"""The report of captions, for people and as JSON."""

from lexiscope.language.captions.report import CaptionReport


def test_cases_without_any_attribute_are_named():
    report = CaptionReport(cases=2, passages=6, updated=1, silent=1, corpus="ab12")
    assert report.lines() == [
        "6 sentences for 2 cases (1 changed); corpus ab12",
        "1 cases have none of the attributes and got no sentence",
    ]
    assert report.to_dict() == {"cases": 2, "passages": 6, "updated": 1, "silent": 1, "corpus": "ab12"}
    assert not report.failed
