"""Only requests that mean this server get in, whatever a page of another site makes a browser send."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve.security.hosts import host_name

Serve = Callable[..., TestClient]

HEALTH = "/api/v1/health"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8230", "[::1]:8230", "LOCALHOST:1"])
def test_names_of_this_server_pass(serve: Serve, host: str) -> None:
    assert serve().get(HEALTH, headers={"Host": host}).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil",
        "localhost.evil:8230",
        "127.0.0.1.evil.example",
        "evil@localhost",
        "localhost@evil.example",
        "localhost/evil",
        "localhost:80:80",
        "localhost evil",
        "[::1",
        "",
        "10.0.0.7",
        "0.0.0.0",
    ],
)
def test_other_names_lead_nowhere(serve: Serve, host: str) -> None:
    refused = serve().get(HEALTH, headers={"Host": host})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert "use its address" in refused.json()["do"]
    assert refused.headers["X-Frame-Options"] == "DENY"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"


def test_forwarded_headers_open_nothing(serve: Serve) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}
    assert serve().get(HEALTH, headers=headers).status_code == 400
    assert serve().get(HEALTH, headers={"X-Forwarded-Host": "evil.example"}).status_code == 200


def test_names_of_a_proxy_are_named(serve: Serve) -> None:
    client = serve(names=("scans.example",))
    assert client.get(HEALTH, headers={"Host": "Scans.example"}).status_code == 200
    assert client.get(HEALTH, headers={"Host": "a.scans.example"}).status_code == 400


def test_a_server_at_every_address_is_reached_by_addresses_and_not_by_names(serve: Serve) -> None:
    client = serve(host="0.0.0.0", token="t")
    assert client.get(HEALTH, headers={"Host": "10.0.0.7:8230"}).status_code == 200
    assert client.get(HEALTH, headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3000", "http://localhost.evil", "x"]
)
def test_another_site_asks_nothing_that_computes(serve: Serve, origin: str) -> None:
    refused = serve().post("/api/v1/search", json={"request": {"query": "a"}}, headers={"Origin": origin})
    assert refused.status_code == 403
    assert "another site" in refused.json()["detail"]


def test_this_page_asks(serve: Serve) -> None:
    client = serve()  # it has no model, which only a route can say
    assert client.post("/api/v1/search", json={}, headers={"Origin": "http://localhost"}).status_code == 400
    there = {"Origin": "http://localhost:8230", "Host": "localhost:8230"}
    assert client.post("/api/v1/search", json={}, headers=there).status_code == 400


def test_a_preflight_from_elsewhere_gets_no_permission(serve: Serve) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    refused = serve().options("/api/v1/uploads", headers=asked)
    assert refused.status_code == 403
    assert not [name for name in refused.headers if name.startswith("access-control")]


def test_nothing_is_embedded_elsewhere_but_links_work(serve: Serve) -> None:
    client = serve()
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get(HEALTH, headers=embedded).status_code == 403
    assert client.get(HEALTH, headers={**embedded, "Sec-Fetch-Mode": "navigate"}).status_code == 200


def test_there_are_no_websockets(serve: Serve) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), serve().websocket_connect("/api/v1/jobs/x/events"):
        pass


def test_two_names_are_none() -> None:
    assert host_name("localhost, evil.example") != "localhost"
