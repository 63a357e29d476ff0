import json

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.result import Result


def _result():
    rows = [{"input": "T1", "share": Estimate(0.5, 0.4, 0.6, 0.25), "note": None}]
    return Result(
        "contribution", "What does each input give?", rows, assumes="a", cannot_tell="b", findings=["T1 counts"]
    )


def test_a_result_is_plain_json_with_its_intervals():
    read = json.loads(_result().to_json())
    assert read["rows"] == [
        {"input": "T1", "share": {"value": 0.5, "low": 0.4, "high": 0.6, "chance": 0.25}, "note": None}
    ]
    assert (read["assumes"], read["cannot_tell"], read["findings"]) == ("a", "b", ["T1 counts"])


def test_a_table_has_a_line_a_row_and_says_what_is_missing():
    assert _result().table().splitlines()[1].split() == ["T1", "0.500", "[0.400,", "0.600]", "(chance", "0.250)", "-"]


def test_a_result_without_rows_says_so():
    assert Result("m", "t", [], "", "").table() == "nothing measured"
