"""`Client`: the API from Python, for scripts and notebooks that run beside a server or behind its token."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from lexiscope.core.errors import LexiscopeError

_PATH = "/api/v1"


class ServerError(LexiscopeError):
    """What a server refused or could not do.

    Args:
        problem: Its problem+json: "status", "detail", "expected", "came", "do".
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail")))
        self.problem = dict(problem)


class Client:
    """A server's tasks as calls; predictions come as the command line prints them with `--json`.

    Args:
        address: Such as "http://127.0.0.1:8230".
        token: Token of the server, where it wants one.
        timeout_s: Seconds that an answer may take.
        transport: Transport of httpx, for tests and proxies.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        timeout_s: float = 300.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout_s, transport=transport)

    def models(self) -> list[dict[str, Any]]:
        """The served models and what each can do."""
        models: list[dict[str, Any]] = self._json("GET", "/models")
        return models

    def predict(
        self,
        verb: str,
        *,
        model: str | None = None,
        case: str | None = None,
        upload: str | None = None,
        modality: str | None = None,
        settings: Mapping[str, Any] | None = None,
        **request: Any,
    ) -> dict[str, Any]:
        """One prediction of one task.

        Args:
            verb: "search", "classify", "caption", "ask", "segment", or a task that another package brings.
            model: Name of a model; the only one when None.
            case: Id of a case of the corpus.
            upload: Id of an upload.
            modality: What an uploaded image shows.
            settings: How the task is opened, such as {"attribute": "grade"}.
            request: What is asked, such as question="Is there a crack?".

        Raises:
            ServerError: wrong use, or work that failed.
        """
        names = {"case": case, "upload": upload, "modality": modality}
        given = {name: value for name, value in names.items() if value is not None}
        parts = {"model": model, "input": given or None, "settings": settings, "request": request or None}
        body = {name: value for name, value in parts.items() if value is not None}
        prediction: dict[str, Any] = self._json("POST", f"/{verb}", json=body)
        return prediction

    def upload(self, *files: Path | str, modalities: list[str] | None = None) -> str:
        """Send files of one case, or a zip of DICOM files, and get the id that `predict` takes.

        Args:
            modalities: What each file shows, in their order.
        """
        with ExitStack() as stack:
            opened = [("file", (Path(path).name, stack.enter_context(Path(path).open("rb")))) for path in files]
            kept = self._json("POST", "/uploads", files=opened, data={"modality": modalities} if modalities else None)
        return str(kept["upload"])

    def correct(self, case: str, kind: str, value: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Save what a person says instead; nothing is overwritten, and the next training uses it.

        Args:
            case: Id of the case.
            kind: "caption", "answer", "attribute" or "mask".
            value: The corrected value, such as {"name": "grade", "value": 3}; a mask names an upload.
            more: "corrects" (a prediction, with its "model"), "by", "note".

        Returns:
            The correction as it is kept, with "applied".

        Raises:
            ServerError: no such case, or a value that does not fit it.
        """
        body = {"case": case, "kind": kind, "value": dict(value), **more}
        saved: dict[str, Any] = self._json("POST", "/corrections", json=body)
        return saved

    def interpret(self, *, told: Callable[[dict[str, Any]], None] | None = None, **request: Any) -> dict[str, Any]:
        """Interpret a model, and wait for the result.

        Args:
            told: Called with the state of the job whenever it changes.
            request: "model", "parts", "target", "split", "methods", "only", "limit", "seed".

        Raises:
            ServerError: wrong use, or work that failed or was cancelled.
        """
        job = self._json("POST", "/interpret", json=request)["job"]
        for state in self._states(job):
            if told is not None:
                told(state)
            if state["state"] == "done":
                result: dict[str, Any] = state["result"]
                return result
            if state["state"] in ("failed", "cancelled"):
                raise ServerError(state["problem"] or {"detail": f"the job was {state['state']}"})
        raise ServerError({"detail": "the server closed the stream before the job ended; ask for it again"})

    def download(self, address: str) -> bytes:
        """A file that an answer names, such as the "file" of a mask."""
        return self._answer("GET", address).content

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _states(self, job: str) -> Iterator[dict[str, Any]]:
        with self._http.stream("GET", f"{_PATH}/jobs/{job}/events") as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def _json(self, method: str, path: str, **options: Any) -> Any:
        return self._answer(method, f"{_PATH}{path}", **options).json()

    def _answer(self, method: str, address: str, **options: Any) -> httpx.Response:
        answer = self._http.request(method, address, **options)
        if answer.is_error:
            is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
            raise ServerError(answer.json() if is_problem else {"status": answer.status_code, "detail": answer.text})
        return answer
