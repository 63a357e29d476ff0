"""Chat clients are refused in their own form."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.security import protect


def test_a_wrong_token_is_an_error_that_chat_clients_know():
    app = FastAPI()
    protect(app, ServeConfig(token="open sesame"))
    with TestClient(app, base_url="http://localhost") as client:
        refused = client.get("/v1/models", headers={"Authorization": "Bearer guess"})
        assert refused.status_code == 401
        assert refused.json()["error"]["type"] == "authentication_error"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert client.get("/api/v1/models").headers["content-type"] == "application/problem+json"
