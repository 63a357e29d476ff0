"""Tokens, sessions, roles, the proof against other sites, and allowances."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve.security.rates import Rates
from lexiscope.serve.security.rights import need_of
from lexiscope.serve.security.sessions import LASTS_S, Sessions

Serve = Callable[..., TestClient]

TASKS = "/api/v1/tasks"
UPLOADS = "/api/v1/uploads"
KEYS = {"token": "may-write", "read_token": "may-read"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def log_in(client: TestClient, token: str = "may-write") -> str:
    assert client.post("/api/v1/login", json={"token": token}).status_code == 200
    return client.cookies["lexiscope-csrf"]


def send(client: TestClient, headers: Any = None) -> Any:
    return client.post(UPLOADS, files={"file": ("a.png", b"\x89PNG")}, headers=headers)


def test_on_loopback_without_a_token_everybody_is_let_in(serve: Serve) -> None:
    client = serve()
    assert client.get("/api/v1/session").json() == {"role": "write", "login": False}
    assert client.get(TASKS).status_code == 200


@pytest.mark.parametrize("headers", [{}, bearer("guess"), bearer(""), {"Authorization": "Basic bWF5LXdyaXRl"}])
def test_without_the_token_nothing_is_read(serve: Serve, headers: dict[str, str]) -> None:
    refused = serve(**KEYS).get(TASKS, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert "log in" in refused.json()["do"]


def test_every_address_but_the_page_and_two_others_needs_the_token(serve: Serve) -> None:
    client = serve(**KEYS)
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    open_to_all = {"/api/v1/health", "/api/v1/login"}
    for path, methods in paths.items():
        for method in methods:
            status = client.request(method.upper(), path.replace("{", "").replace("}", "")).status_code
            assert (status == 401) != (path in open_to_all), (method, path, status)
    assert client.get("/api/v1/openapi.json").status_code == 401


def test_roles(serve: Serve) -> None:
    client = serve(**KEYS)
    assert client.get("/api/v1/session", headers=bearer("may-read")).json()["role"] == "read"
    assert client.post("/api/v1/search", json={}, headers=bearer("may-read")).status_code == 400
    assert send(client, bearer("may-read")).status_code == 403
    assert send(client, bearer("may-write")).status_code != 403


def test_whatever_is_not_known_to_only_ask_writes(serve: Serve) -> None:
    client = serve(**KEYS)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.request(method, "/api/v1/not-made-yet", headers=bearer("may-read")).status_code == 403


@pytest.mark.parametrize(
    ("path", "need"),
    [("*", "nothing"), ("", "nothing"), ("\\api\\v1\\cases", "nothing"), ("api/v1/cases", "read"), ("//api", "read")],
)
def test_addresses_that_are_none_have_a_need(path: str, need: str) -> None:
    assert need_of("GET", path) == need


def test_a_server_that_is_read_only_takes_nothing_from_anybody(serve: Serve) -> None:
    client = serve(**KEYS, read_only=True)
    assert send(client, bearer("may-write")).status_code == 403
    assert send(serve(read_only=True)).status_code == 403


def test_a_browser_logs_in_with_cookies_that_other_sites_cannot_use(serve: Serve) -> None:
    client = serve(**KEYS)
    answer = client.post("/api/v1/login", json={"token": "may-write"})
    session, csrf = answer.headers.get_list("set-cookie")
    assert "may-write" not in session + csrf
    assert "HttpOnly" in session
    assert "HttpOnly" not in csrf
    assert "SameSite=strict" in session
    assert "SameSite=strict" in csrf
    assert "Secure" not in session
    assert client.get(TASKS).status_code == 200


def test_cookies_of_https_are_for_https_alone(serve: Serve) -> None:
    answer = serve("https://localhost", **KEYS).post("/api/v1/login", json={"token": "may-write"})
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    behind = {"Origin": "https://localhost"}  # a proxy speaks https
    answer = serve(**KEYS).post("/api/v1/login", json={"token": "may-write"}, headers=behind)
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))


def test_a_cookie_alone_writes_nothing(serve: Serve) -> None:
    client = serve(**KEYS)
    csrf = log_in(client)
    assert send(client).status_code == 403
    assert send(client, {"X-Lexiscope-CSRF": "guess"}).status_code == 403
    assert send(client, {"X-Lexiscope-CSRF": b"\xc3\xbc"}).status_code == 403
    assert send(client, {"X-Lexiscope-CSRF": csrf}).status_code != 403
    assert client.post("/api/v1/search", json={}).status_code == 403


def test_what_the_page_repeats_is_that_of_the_session_and_not_any_cookie(serve: Serve) -> None:
    client = serve(**KEYS)
    log_in(client)
    client.cookies.set("lexiscope-csrf", "planted")
    assert send(client, {"X-Lexiscope-CSRF": "planted"}).status_code == 403


def test_a_session_ends(serve: Serve) -> None:
    client = serve(**KEYS)
    csrf = log_in(client)
    kept = client.cookies["lexiscope-session"]
    assert client.post("/api/v1/logout", headers={"X-Lexiscope-CSRF": csrf}).status_code == 204
    assert client.get(TASKS).status_code == 401
    client.cookies.set("lexiscope-session", kept)
    assert client.get(TASKS).status_code == 401


def test_a_session_lasts_for_a_while_and_they_do_not_pile_up() -> None:
    now = [0.0]
    sessions = Sessions(clock=lambda: now[0])
    first = sessions.begin("read")
    assert sessions.find(first.id) == first
    now[0] = LASTS_S
    assert sessions.find(first.id) is None
    begun = [sessions.begin("read") for _ in range(2000)]
    assert sessions.find(begun[0].id) is None
    assert sessions.find(begun[-1].id) is not None


def test_tokens_are_not_guessed(serve: Serve) -> None:
    client = serve(**KEYS)
    by_login = [client.post("/api/v1/login", json={"token": f"{n}"}).status_code for n in range(25)]
    assert by_login[:20] == [401] * 20
    assert set(by_login[20:]) == {429}
    assert client.post("/api/v1/login", json={"token": "may-write"}).status_code == 429
    by_header = [serve(**KEYS).get(TASKS, headers=bearer("guess")).status_code for _ in range(3)]
    assert by_header == [401] * 3
    again = serve(**KEYS)
    assert [again.get(TASKS, headers=bearer(f"{n}")).status_code for n in range(22)][-1] == 429


def test_too_many_requests_are_told_when_to_come_again(serve: Serve) -> None:
    client = serve(rate=3)
    answers = [client.get("/api/v1/health") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20


def test_allowances_fill_up_and_are_forgotten() -> None:
    now = [0.0]
    rates = Rates(60, clock=lambda: now[0])
    assert not any(rates.wait_s("a") for _ in range(60))
    assert rates.wait_s("a") == 1
    now[0] = 1.0
    assert rates.wait_s("a") == 0
    for number in range(20_000):
        rates.wait_s(str(number))
    assert len(rates._left) <= 10_000


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 3}, {"token": "x" * 2000}, {"token": "a", "more": 1}])
def test_a_login_that_is_none(serve: Serve, body: dict[str, Any]) -> None:
    assert serve(**KEYS).post("/api/v1/login", json=body).status_code == 422


def test_a_token_of_any_characters_is_only_wrong(serve: Serve) -> None:
    answer = serve(**KEYS).post("/api/v1/login", content=b'{"token": "\\ud800 \\u0000"}')
    assert answer.status_code in (401, 422)
