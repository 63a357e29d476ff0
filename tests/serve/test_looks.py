"""Models look at cases by themselves: the least sure come first, nobody is kept waiting, and a restart goes on."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.looks.looked import FILE
from lexiscope.serve.security.rights import need_of
from lexiscope.serve.site import Site
from lexiscope.serve.workers.call import Call
from lexiscope.serve.workers.crew import Crew
from lexiscope.serve.workers.worker import CallFailedError, WorkerDiedError
from lexiscope.testing import make_corpus

URL = "/api/v1/corrections"
SURE = {"case-0000": 0.9, "case-0001": 0.3, "case-0002": 0.6, "case-0003": 0.8}


class FakeCrew:
    """A crew whose one model answers at once, by a function of the call."""

    models = ("brain",)

    def __init__(self, say: Callable[[Call], dict[str, Any]]) -> None:
        self.say, self.asked, self.rested, self.is_idle = say, cast("list[Call]", []), 0, True

    def worker(self, _: str) -> Any:
        return SimpleNamespace(pid=1 << 30, about={"modalities": ["photo"]})

    def model_or_only(self, _: str | None) -> str:
        return "brain"

    async def ask_calmly(self, _: str, call: Call) -> dict[str, Any]:
        self.asked.append(call)
        await asyncio.sleep(0)
        return self.say(call)

    async def rest(self, _: str) -> None:
        self.rested += 1

    async def start(self) -> None: ...

    async def close(self, *, drain_s: float) -> None: ...


def by_case(call: Call) -> dict[str, Any]:
    assert call.given is not None
    said = {"task": call.task, "case": call.given.case, "value": {**call.settings, **call.request}}
    return {**said, "score": SURE[call.given.case or ""], "uncertainty": None, "evidence": [{"case": "x"}]}


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return make_corpus(tmp_path / "corpus", 4, masks=True)


@pytest.fixture
def serve(corpus: Corpus, tmp_path: Path) -> Callable[..., tuple[TestClient, FakeCrew]]:
    """A server over the corpus with a model of some parts: `serve(say, *parts, **config)`."""

    def served(
        say: Callable[[Call], dict[str, Any]], *parts: str, mark: str = "12ab", **config: Any
    ) -> tuple[TestClient, FakeCrew]:
        made = SimpleNamespace(path=Path("brain"), has=parts.__contains__, fingerprint_of=lambda part: f"{mark} {part}")
        crew, model = FakeCrew(say), cast("ModelDirectory", made)
        site = Site(
            {"brain": model}, cast("Crew", crew), Corpus.open(corpus.path), ServeConfig(**config), tmp_path / "s"
        )
        return TestClient(create_app(site, ahead=True), base_url="http://localhost"), crew

    return served


def seen(client: TestClient) -> dict[str, Any]:
    """How far the looks are once their job has ended."""

    async def ended() -> None:
        await asyncio.wait([client.app.state.site.looks.job.task])  # type: ignore[attr-defined]

    assert client.portal is not None
    client.portal.call(ended)
    told: dict[str, Any] = client.get(f"{URL}/looks").json()
    return told


def test_the_queue_fills_from_the_corpus_and_a_restart_goes_on_where_it_was(corpus: Corpus, serve: Any) -> None:
    save_correction(corpus, "case-0000", CorrectedAttribute("colour", "violet"))
    client, crew = serve(by_case, "joint", "assistant", look_at=3)
    with client:
        told = seen(client)
        assert (told["done"], told["total"], told["model"], told["job"]) == (3, 3, "brain", None)
        queue = client.get(f"{URL}/queue", params={"task": "classify"}).json()
        assert list(dict.fromkeys((one["case"], one["unsure"]) for one in queue)) == [
            ("case-0001", 0.7),
            ("case-0002", 0.4),
            ("case-0003", 0.2),
        ]  # a person has said something of the first one already
        assert queue[0]["settings"] == {"attribute": queue[0]["prediction"]["value"]["attribute"]}
        first = client.get(f"{URL}/queue").json()
    assert (crew.rested, {call.task for call in crew.asked}) == (1, {"classify"} | {one["task"] for one in first})
    again, crew = serve(by_case, "joint", "assistant", look_at=4)
    with again:
        assert seen(again)["done"] == 4
        assert {call.given.case for call in crew.asked} == {"case-0000"}
        assert [one for one in again.get(f"{URL}/queue").json() if one["case"] != "case-0000"] == first
    other, crew = serve(by_case, "joint", "assistant", mark="another model", look_at=4)
    with other:
        seen(other)
    assert len({call.given.case for call in crew.asked}) == 4


def test_a_server_that_is_read_only_writes_nothing_and_remembers(corpus: Corpus, serve: Any) -> None:
    client, crew = serve(by_case, "joint", read_only=True)
    with client:
        assert seen(client)["done"] == 4
        assert client.post(f"{URL}/looks").status_code == 202
        assert seen(client)["done"] == 4
        assert client.get(f"{URL}/queue").json()
    assert len(crew.asked) == len({call.key for call in crew.asked})
    assert not (corpus.path / FILE).exists()


def test_looks_wait_for_whoever_asks_and_are_stopped_and_go_on(serve: Any) -> None:
    client, crew = serve(by_case, "segmenter")
    crew.is_idle = False
    with client:
        told = client.get(f"{URL}/looks").json()
        assert told["job"] is not None
        assert client.delete(f"/api/v1/jobs/{told['job']}").json()["state"] == "cancelled"
        assert (seen(client)["done"], crew.asked, crew.rested) == (0, [], 1)
        crew.is_idle = True
        client.post(f"{URL}/looks")
        assert seen(client)["done"] == 4
    assert {call.task for call in crew.asked} == {"segment"}
    assert need_of("POST", f"{URL}/looks") == "read"


def test_what_a_model_cannot_answer_is_not_asked_for_ever(serve: Any) -> None:
    def fails(call: Call) -> dict[str, Any]:
        if call.task == "segment":
            return by_case(call)
        raise CallFailedError({"kind": "UsageError", "message": "no class"})

    client, crew = serve(fails, "joint", "segmenter")
    with client:
        assert seen(client)["done"] == 4
        assert {one["task"] for one in client.get(f"{URL}/queue").json()} == {"segment"}
    attributes = {str(call.settings) for call in crew.asked if call.task == "classify"}
    assert [call.task for call in crew.asked].count("classify") == 3 * len(attributes)


def test_a_process_that_dies_again_and_again_is_let_be(serve: Any) -> None:
    def dies(_: Call) -> dict[str, Any]:
        raise WorkerDiedError("the process died")

    client, crew = serve(dies, "segmenter")
    with client:
        told = seen(client)
        assert "died" in told["problem"]["detail"]
    assert len(crew.asked) == 3


def test_a_server_that_shall_not_look_does_not(serve: Any) -> None:
    client, crew = serve(by_case, "segmenter", look_at=0)
    with client:
        assert client.get(f"{URL}/looks").json()["possible"] is False
        refused = client.post(f"{URL}/looks")
        assert (refused.status_code, crew.asked) == (404, [])
        assert "--look-at" in refused.json()["do"]
