"""The assistant in OpenAI's form, over a real worker, with nothing but HTTP."""

import asyncio
import base64
import json
import time

import pytest

from lexiscope.core.errors import LexiscopeError
from lexiscope.serve.chat.form import ChatRequest
from lexiscope.serve.chat.routes import complete
from lexiscope.serve.workers.worker import BusyError

_CHAT = "/v1/chat/completions"


@pytest.fixture
def name(made):
    return made[1].path.name


def _asked(name, text, *, image=None, **more):
    parts = [{"type": "text", "text": text}]
    if image is not None:
        url = f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return {"model": name, "messages": [{"role": "user", "content": parts}], "temperature": 0.2, **more}


def _events(text):
    return [line.removeprefix("data: ") for line in text.split("\n\n") if line.startswith("data: ")]


def test_models_with_an_assistant_are_listed(client, name):
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert listed["data"] == [client.get(f"/v1/models/{name}").json()]
    assert (listed["data"][0]["id"], listed["data"][0]["object"]) == (name, "model")


def test_a_case_is_asked_about_as_by_the_api(client, name, case_id):
    answer = client.post(_CHAT, json=_asked(name, f"case: {case_id}\nIs there a lesion?"))
    assert answer.status_code == 200
    said = answer.json()
    asked = {"input": {"case": case_id}, "request": {"question": "Is there a lesion?"}}
    prediction = client.post("/api/v1/ask", json=asked).json()
    assert (said["object"], said["model"]) == ("chat.completion", name)
    assert said["lexiscope"]["prediction"] == prediction
    assert said["lexiscope"]["used"]["case"] == case_id
    (choice,) = said["choices"]
    assert (choice["message"]["role"], choice["finish_reason"]) == ("assistant", "stop")
    assert prediction["value"]["answer"] in choice["message"]["content"].splitlines()[0]
    assert prediction["evidence"][0]["case"] in choice["message"]["content"]
    assert said["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_an_image_is_asked_about_and_not_kept(client, name, made, picture):
    modality = min(next(case for case in made[0] if case.images).images)
    body = _asked(name, f"modality: {modality}\nIs there a lesion?", image=picture)
    folder = client.app.state.site.folder
    before = set(folder.glob("uploads/*"))
    answer = client.post(_CHAT, json=body)
    assert answer.status_code == 200, answer.text
    said = answer.json()["lexiscope"]
    assert said["used"]["images"] == 1
    assert said["prediction"]["case"] == f"{modality}.png"
    deadline = time.monotonic() + 60
    while set(folder.glob("uploads/*")) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(folder.glob("uploads/*")) <= before


def test_what_an_image_shows_is_asked_for_in_the_words_of_a_chat(client, name, picture):
    error = client.post(_CHAT, json=_asked(name, "Is there a lesion?", image=picture)).json()["error"]
    assert error["code"] == "UsageError"
    assert error["lexiscope"]["do"] == "write a line such as 'modality: flair'"


def test_a_stream_ends_with_the_prediction(client, name, case_id):
    body = _asked(name, f"case: {case_id}\nIs there a lesion?")
    whole = client.post(_CHAT, json=body).json()
    streamed = client.post(_CHAT, json={**body, "stream": True, "stream_options": {"include_usage": True}})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    *events, done = _events(streamed.text)
    pieces = [json.loads(event) for event in events]
    assert done == "[DONE]"
    assert pieces[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    content = "".join(one["choices"][0]["delta"].get("content", "") for one in pieces[:-1])
    assert content == whole["choices"][0]["message"]["content"]
    assert pieces[-2]["choices"][0]["finish_reason"] == "stop"
    assert pieces[-2]["lexiscope"] == whole["lexiscope"]
    assert (pieces[-1]["choices"], pieces[-1]["usage"]["total_tokens"]) == ([], 0)
    assert len({one["id"] for one in pieces}) == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("change", "status", "code", "came"),
    [
        ({"model": "gpt-5"}, 404, "model_not_found", "gpt-5"),
        ({"messages": []}, 400, "UsageError", "messages"),
        ({"messages": [{"role": "user", "content": "Why?"}]}, 400, "UsageError", "neither"),
        ({"messages": [{"role": "user", "content": "case: nobody\nWhy?"}]}, 404, "NotFoundError", "nobody"),
        ({"n": 3}, 400, "UsageError", "n: Input should be less than or equal to 1"),
    ],
)
def test_errors_have_the_form_that_clients_know(client, name, case_id, stream, change, status, code, came):
    body = {**_asked(name, f"case: {case_id}\nWhy?"), "stream": stream, **change}
    answer = client.post(_CHAT, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert came in error["lexiscope"]["came"]
    assert (error["type"], error["param"]) == ("invalid_request_error", None)


def test_no_address_is_fetched(client, name, monkeypatch):
    def reach(*_args, **_options):
        raise AssertionError("an address was looked up")

    monkeypatch.setattr("socket.getaddrinfo", reach)
    url = "http://127.0.0.1:9/secret.png"
    parts = [{"type": "text", "text": "Why?"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = client.post(_CHAT, json={"model": name, "messages": [{"role": "user", "content": parts}]})
    assert answer.status_code == 422
    assert answer.json()["error"]["lexiscope"]["do"] == "send the image itself: no address is fetched"


def test_a_body_that_is_no_json_is_an_error_of_the_same_form(client):
    answer = client.post(_CHAT, content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "UsageError")


@pytest.mark.parametrize(
    "content",
    [
        {"a": 1},
        7,
        [7],
        [None],
        [{"type": "text"}],
        [{"type": "image_url"}],
        [{"type": "image_url", "image_url": {"url": 7}}],
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, {"type": "text", "text": "Why?"}],
        [{"type": "image_url", "image_url": "data:application/dicom;base64,UEsDBA=="}, {"type": "text", "text": "a"}],
        "case: a\x00b\nWhy?",
        "case: \ud800\nWhy?",
        "case: ../../etc/passwd\nWhy?",
        "case: a\nWhy \ud800?",
        "modality: ../flair\nWhy?",
    ],
)
def test_no_message_whatever_breaks_the_server(client, name, content):
    body = json.dumps({"model": name, "messages": [{"role": "user", "content": content}]})
    answer = client.post(_CHAT, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(("error", "status"), [(BusyError("expected fewer calls, got many; wait"), 503)])
def test_what_fails_while_it_is_computed_is_told_in_both_forms(client, name, case_id, monkeypatch, error, status):
    async def fail(*_args, **_options) -> None:
        raise error

    monkeypatch.setattr(client.app.state.site.crew, "ask", fail)
    body = _asked(name, f"case: {case_id}\nWhy?")
    plain = client.post(_CHAT, json=body)
    assert (plain.status_code, plain.headers["Retry-After"]) == (status, "1")
    assert plain.json()["error"]["type"] == "server_error"
    opening, failed, done = _events(client.post(_CHAT, json={**body, "stream": True}).text)
    assert json.loads(opening)["choices"]
    assert json.loads(failed) == plain.json()
    assert done == "[DONE]"


def test_a_stream_that_waits_is_kept_open(client, name, case_id, monkeypatch):
    async def think(*_args, **_options):
        await asyncio.sleep(0.1)
        raise LexiscopeError("expected an answer, got a headache; rest")

    monkeypatch.setattr(client.app.state.site.crew, "ask", think)
    monkeypatch.setattr("lexiscope.serve.chat.routes._BEAT_S", 0.01)
    streamed = client.post(_CHAT, json=_asked(name, f"case: {case_id}\nWhy?", stream=True)).text
    assert streamed.index('"delta"') < streamed.index(": still at it") < streamed.index("headache")


def test_work_that_nobody_waits_for_is_given_up(client, name, case_id, monkeypatch):
    given_up = []

    async def think(*_args, **_options):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            given_up.append(True)
            raise

    site = client.app.state.site
    monkeypatch.setattr(site.crew, "ask", think)
    body = ChatRequest.model_validate(_asked(name, f"case: {case_id}\nWhy?", stream=True))

    async def leave_at_once():
        stream = (await complete(body, site)).body_iterator
        await anext(stream)
        beat = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        await asyncio.sleep(0)
        return list(given_up)  # before the loop ends, which cancels whatever is left

    assert asyncio.run(leave_at_once()) == [True]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/completions"), ("GET", "/v1/embeddings"), ("GET", _CHAT), ("DELETE", "/v1/models")],
)
def test_whatever_is_not_offered_is_told_in_the_same_form(client, method, path):
    answer = client.request(method, path)
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["lexiscope"]["came"] == f"{method} {path}"
    assert "/v1/chat/completions" in error["message"]


def test_errors_name_no_directory_of_this_machine(client, name, case_id, made, monkeypatch):
    async def fail(*_args, **_options) -> None:
        raise LexiscopeError(f"expected an assistant in {made[1].path}, got none; train one")

    monkeypatch.setattr(client.app.state.site.crew, "ask", fail)
    answer = client.post(_CHAT, json=_asked(name, f"case: {case_id}\nWhy?"))
    assert str(made[1].path) not in answer.text
    assert answer.json()["error"]["lexiscope"]["do"] == "train one"
