"""The log of a run: whole lines only, cut back to the checkpoint, written by one process."""

from pathlib import Path

from lexiscope.training.loop.log import MetricsLog, read_metrics


def test_lines_come_back_in_their_order(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    assert read_metrics(tmp_path / "metrics.jsonl") == []
    for step in (1, 2, 3):
        log.add({"step": step, "loss": 1 / step})
    assert read_metrics(tmp_path / "metrics.jsonl") == [{"step": step, "loss": 1 / step} for step in (1, 2, 3)]


def test_it_is_cut_back_to_a_step_and_half_written_lines_go(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    for step in (1, 2, 3):
        log.add({"step": step})
    with (tmp_path / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 4, "lo')
    assert [line["step"] for line in read_metrics(tmp_path / "metrics.jsonl")] == [1, 2, 3]
    log.cut(2)
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1}\n{"step": 2}\n'


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl", active=False)
    log.cut(0)
    log.add({"step": 1})
    assert not (tmp_path / "metrics.jsonl").exists()
