"""What tasks write is bounded, shared by equal calls, and found by names that are never paths."""

from pathlib import Path

import pytest

from lexiscope.serve import results as module
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.results import Results


def written(results: Results, key: str, size: int = 10) -> str:
    with results.writing(key) as (result_id, folder):
        (folder / "mask.nii.gz").write_bytes(b"x" * size)
    return result_id


def test_equal_calls_in_flight_write_into_one_folder(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    with results.writing("a") as (first, _), results.writing("a") as (second, _), results.writing("b") as (third, _):
        assert first == second != third
    assert written(results, "a") != first


def test_the_oldest_go_by_number_and_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    results = Results(tmp_path / "results", most_bytes=100)
    ids = [written(results, str(number)) for number in range(5)]
    assert sorted(folder.name for folder in (tmp_path / "results").iterdir()) == sorted(ids[2:])
    large = written(results, "large", 95)
    assert [folder.name for folder in (tmp_path / "results").iterdir()] == [large]


def test_what_is_still_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    results = Results(tmp_path / "results")
    with results.writing("slow") as (_, folder):
        for number in range(3):
            written(results, str(number))
        assert folder.is_dir()


@pytest.mark.parametrize("result_id", ["..", ".", "", "/etc", "a\0b", "../own", "x" * 10_000])
@pytest.mark.parametrize("name", ["mask.nii.gz", "../secret", "secret", "a\0b", ".."])
def test_names_are_looked_up_and_never_paths(tmp_path: Path, result_id: str, name: str) -> None:
    results = Results(tmp_path / "results")
    (tmp_path / "secret").write_text("x")
    known = written(results, "a")
    with pytest.raises(NotFoundError):
        results.file(result_id, name)
    assert results.file(known, "mask.nii.gz").is_file()
    with pytest.raises(NotFoundError):
        results.file(known, name if name != "mask.nii.gz" else "../../secret")
