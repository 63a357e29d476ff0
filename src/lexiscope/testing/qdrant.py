"""A few REST endpoints of a Qdrant server, brute force, on loopback: what `index/server.py` speaks, and no more."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


class FakeQdrant:
    """Collections in memory; `requests` is every (method, path) that came."""

    def __init__(self, api_key: str | None = None) -> None:
        self.api_key = api_key
        self.collections: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and result of one request."""
        parts = path.strip("/").split("/")
        name, action = parts[1], "/".join(parts[2:])
        known = name in self.collections
        if (method, action) == ("GET", "exists"):
            return 200, {"exists": known}
        if (method, action) == ("DELETE", ""):
            return 200, self.collections.pop(name, None) is not None
        if (method, action) == ("PUT", ""):
            self.collections[name] = {"points": {}, "indexed": []}
            return 200, True
        if not known:
            return 404, None
        return 200, self._inside(self.collections[name], action, body)

    def _inside(self, collection: dict[str, Any], action: str, body: dict[str, Any]) -> Any:
        points = collection["points"]
        if action == "points":
            points |= {point["id"]: point for point in body["points"]}
            return {"operation_id": 0, "status": "completed"}
        if action == "index":
            collection["indexed"].append(body["field_name"])
            return {"operation_id": 0, "status": "completed"}
        if action == "points/count":
            return {"count": len(points)}
        assert action == "points/query/batch", action
        return [{"points": _nearest(list(points.values()), one)} for one in body["searches"]]


@contextmanager
def serving(fake: FakeQdrant) -> Iterator[str]:
    """The server's URL while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            path = urlsplit(self.path).path
            fake.requests.append((self.command, path))
            status, result = fake.answer(self.command, path, body)
            if fake.api_key is not None and self.headers.get("api-key") != fake.api_key:
                status, result = 401, None
            data = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = _do  # noqa: N815 - names of the standard library

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _nearest(points: list[dict[str, Any]], body: dict[str, Any]) -> list[dict[str, Any]]:
    using, query = body["using"], body["query"]
    query = query.get("nearest", query) if isinstance(query, dict) else query
    having = [point for point in points if using in point["vector"]]
    allowed = [point for point in having if _satisfies(point["payload"], body.get("filter"))]
    scored = [(_score(query, point["vector"][using], having, using), point) for point in allowed]
    sparse = isinstance(query, dict)
    best = sorted((pair for pair in scored if pair[0] > 0 or not sparse), key=lambda pair: -pair[0])[: body["limit"]]
    return [{"id": p["id"], "version": 0, "score": score, "payload": p["payload"]} for score, p in best]


def _score(query: Any, vector: Any, having: list[dict[str, Any]], using: str) -> float:
    if isinstance(query, list) and isinstance(query[0], list):
        return sum(max(_score(one, other, having, using) for other in vector) for one in query)
    if isinstance(query, list):
        lengths = math.hypot(*query) * math.hypot(*vector)
        return sum(a * b for a, b in zip(query, vector, strict=True)) / lengths
    weights = dict(zip(vector["indices"], vector["values"], strict=True))
    return sum(
        w * weights.get(i, 0.0) * _idf(i, having, using) for i, w in zip(query["indices"], query["values"], strict=True)
    )


def _idf(index: int, having: list[dict[str, Any]], using: str) -> float:
    n = sum(index in point["vector"][using]["indices"] for point in having)
    return math.log(1 + (len(having) - n + 0.5) / (n + 0.5))


def _satisfies(payload: Mapping[str, Any], condition: Mapping[str, Any] | None) -> bool:
    if condition is None:
        return True
    if "key" in condition:
        return _holds(payload, condition)
    must, should, never = (
        [_satisfies(payload, one) for one in condition.get(kind) or ()] for kind in ("must", "should", "must_not")
    )
    return all(must) and not any(never) and (any(should) or not should)


def _holds(payload: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    values = _values(payload, condition["key"])
    if condition.get("match"):
        return condition["match"]["value"] in values
    bounds = {name: bound for name, bound in condition["range"].items() if bound is not None}
    tests = {"gt": float.__gt__, "gte": float.__ge__, "lt": float.__lt__, "lte": float.__le__}
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    return any(all(tests[name](v, float(bound)) for name, bound in bounds.items()) for v in numbers)


def _values(payload: Mapping[str, Any], key: str) -> list[Any]:
    value: Any = payload
    for quoted, plain in re.findall(r'"([^"]*)"|([^."]+)', key):
        value = value.get(quoted or plain) if isinstance(value, Mapping) else None
    return value if isinstance(value, list) else [value]
