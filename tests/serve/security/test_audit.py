"""The audit log says what kind of thing was asked, and nothing about whom."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lexiscope.core.errors import UsageError
from lexiscope.serve.security.audit import AuditLog

Serve = Callable[..., TestClient]


def test_a_line_for_each_request_names_nobody(serve: Serve, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    client = serve(audit_log=log, token="s3cret", read_token="looks")
    client.get("/api/v1/jobs/patient-17?name=Doe", headers={"Authorization": "Bearer looks"})
    client.post("/api/v1/login", json={"token": "wr0ng"})
    client.get("/api/v1/health", headers={"Host": "evil.example"})
    client.post("/api/v1/uploads", files={"file": ("Doe_Jane.png", b"x")}, headers={"Authorization": "Bearer s3cret"})
    client.app.state.audit.close()  # type: ignore[attr-defined]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(one["method"], one["route"], one["status"], one["role"]) for one in lines[:3]] == [
        ("GET", "/api/v1/jobs/{job_id}", 404, "read"),
        ("POST", "/api/v1/login", 401, None),
        ("GET", None, 400, None),
    ]
    assert lines[3]["role"] == "write"
    assert lines[1]["in"] == len('{"token":"wr0ng"}')
    assert all(one["out"] > 0 and one["ms"] >= 0 for one in lines)
    for word in ("patient", "Doe", "s3cret", "wr0ng", "looks", "evil", "testclient"):
        assert word not in log.read_text()


def test_a_log_that_was_moved_away_begins_anew(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "old")
    log.add({"n": 1})
    log.close()
    assert (tmp_path / "a").read_text() == '{"n": 1}\n'


def test_a_log_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="audit log that can be written"):
        AuditLog(tmp_path / "none" / "a")
