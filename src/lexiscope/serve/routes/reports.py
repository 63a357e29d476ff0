"""`/reports`: evaluations and interpretations that lie in the folder of reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lexiscope.core.strict_json import read_object
from lexiscope.serve.problems import NotFoundError
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import SiteOf

router = APIRouter(tags=["reports"])

_MOST = 1000  # reports
_LARGEST = 64 * 2**20  # bytes of one


class ReportRow(BaseModel):
    """One report."""

    name: str = Field(description="Place below the folder of reports, without .json.", examples=["glioma/test"])
    kind: Literal["evaluation", "interpretation"]
    task: str | None = Field(description="Evaluation that it is the result of; null of an interpretation.")
    made: datetime = Field(description="When its file was written.")
    model: str | None = Field(description="Fingerprint of the model, or its directory's name.")
    corpus: str | None = Field(description="Content version of the corpus.")


@router.get("/reports")
def list_reports(site: SiteOf) -> list[ReportRow]:
    """List the evaluations and interpretations, the newest first."""
    return sorted((found.row for found in _found(site.config.reports)), key=lambda row: row.made, reverse=True)


@router.get("/reports/{name:path}", responses={404: PROBLEMS[404]})
def get_report(name: str, site: SiteOf) -> dict[str, Any]:
    """Give one report as the command line wrote it."""
    found = next((one for one in _found(site.config.reports) if one.row.name == name), None)
    if found is None:
        raise NotFoundError(f"expected the name of a report, got {name}; see /reports")
    told: dict[str, Any] = site.places.hidden(_without_folders(read_object(found.path)))
    return told


@dataclass(frozen=True, slots=True)
class _Report:
    path: Path
    row: ReportRow


_known: dict[tuple[Path, int], _Report | None] = {}  # by file and time of writing; None for JSON that is no report
_lock = Lock()


def _found(folder: Path | None) -> Iterator[_Report]:
    if folder is None:
        return
    for path in sorted(folder.rglob("*.json"))[:_MOST]:
        facts = path.lstat()
        key = (path, facts.st_mtime_ns)
        with _lock:
            if key not in _known:
                _known[key] = _read(folder, path) if path.is_file() and facts.st_size <= _LARGEST else None
            report = _known[key]
        if report is not None:
            yield report


def _read(folder: Path, path: Path) -> _Report | None:
    try:
        record = read_object(path)
    except (ValueError, OSError):
        return None
    about = record.get("about")
    if {"task", "split", "n", "metrics"} <= record.keys():
        kind, told = "evaluation", record
    elif "subjects" in record and isinstance(about, Mapping):
        model = Path(str(about.get("model"))).name
        kind, told = "interpretation", {"model": model, "corpus": about.get("corpus_version")}
    else:
        return None
    row = {name: None if told.get(name) is None else str(told[name]) for name in ("task", "model", "corpus")}
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    name = path.relative_to(folder).with_suffix("").as_posix()
    return _Report(path, ReportRow.model_validate({"name": name, "kind": kind, "made": made, **row}))


def _without_folders(record: dict[str, Any]) -> dict[str, Any]:
    """A report with names in place of folders: its model and corpus need not be those that are served."""
    about = record.get("about")
    named: dict[str, Any] = _named(record)
    if not isinstance(about, Mapping):
        return named
    names = {key: Path(str(about[key])).name for key in ("model", "corpus") if about.get(key)}
    return {**named, "about": {**named["about"], **names}}


def _named(value: Any) -> Any:
    """JSON with the last part of each text that is a whole path."""
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
