"""Galleries of the demo: pictures alone decide, and a patient is shown once."""

from pathlib import Path
from typing import Any

import pytest

from lexiscope.core.prediction import Prediction
from lexiscope.demo import run as module
from lexiscope.demo.questions import Question
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.search import SearchRequest
from lexiscope.testing import make_corpus


class Found:
    """A searcher that finds everything, and keeps what it was asked."""

    def __init__(self, hits: list[dict[str, Any]]) -> None:
        self.hits = hits
        self.requests: list[SearchRequest] = []

    def predict(self, given: None, request: SearchRequest) -> Prediction:
        self.requests.append(request)
        return Prediction("search", "words", self.hits)

    def close(self) -> None:
        """Nothing is open."""


def test_galleries_are_found_by_pictures_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus(tmp_path / "corpus", 6)
    cases = list(corpus)
    hits = [{"case": case.id, "group": case.group, "score": 1 - row / 10} for row, case in enumerate(cases)]
    searcher = Found(hits)
    monkeypatch.setattr(module.Searcher, "open", classmethod(lambda cls, model: searcher))
    galleries = module._search(ModelDirectory(tmp_path), corpus, [Question("a red disc")], cases)
    assert [request.legs for request in searcher.requests] == [("image",)]
    assert [shown.group for shown in galleries[0].shown] == ["group-0000", "group-0001", "group-0002"]
