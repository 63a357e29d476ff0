import json
import re
from time import gmtime

import pytest

from lexiscope.core.record import RunRecord, installed_versions


def test_a_record_is_plain_json_and_says_when_and_with_what():
    record = RunRecord("train align", {"epochs": 4}, "49977bfa09b1c2b0", 7).to_dict()
    assert json.loads(json.dumps(record)) == record
    assert (record["verb"], record["config"], record["corpus"], record["seed"]) == (
        "train align",
        {"epochs": 4},
        "49977bfa09b1c2b0",
        7,
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["started"])
    assert record["versions"] == installed_versions()


def test_versions_of_packages_that_are_not_there_are_left_out(monkeypatch):
    monkeypatch.setattr("lexiscope.core.record._PACKAGES", ("numpy", "no-such-package"))
    assert set(installed_versions()) == {"python", "numpy"}


@pytest.mark.parametrize(("now", "said"), [(0.0, "1970-01-01T00:00:00Z"), (7_258_118_400.0, "2200-01-01T00:00:00Z")])
def test_a_clock_that_jumped_is_written_down_as_it_is(monkeypatch, now, said):
    monkeypatch.setattr("lexiscope.core.record.time.gmtime", lambda: gmtime(now))
    assert RunRecord("train align", {}, "49977bfa09b1c2b0", 7).started == said
