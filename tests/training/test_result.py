"""Results of stages are plain JSON, and those that earlier versions wrote are still read."""

import json
from pathlib import Path

from lexiscope.models.parts.files import read_record
from lexiscope.training.align.align import AlignResult
from lexiscope.training.instruct.instruct import InstructResult
from lexiscope.training.result import StageResult

SHARED = {
    "model": "m", "corpus": "c", "cases": 3, "epochs": 1, "best_epoch": None, "steps": 4, "resumed_at": 0,
    "loss": 0.5, "chance": 1.0, "validation": {"loss": 0.6}, "seconds": 2.0, "notes": ("a note",),
}  # fmt: skip


def test_a_result_comes_back_from_json() -> None:
    result = AlignResult(**SHARED, texts=5)
    written = json.loads(json.dumps(result.to_dict()))
    assert written["texts"] == 5
    assert AlignResult(**{**written, "notes": tuple(written["notes"])}) == result
    assert set(StageResult(**SHARED).to_dict()) == set(SHARED)


def test_results_with_lessons_are_read_as_examples(tmp_path: Path) -> None:
    result = {**SHARED, "lessons": {"caption": 2, "open": 1}, "trained": 9}
    (tmp_path / "record.json").write_text(json.dumps({"run": "key", "result": result}))
    record = read_record(tmp_path)
    assert InstructResult(**record["result"]).examples == {"caption": 2, "open": 1}
