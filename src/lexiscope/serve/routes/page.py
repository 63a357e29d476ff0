"""The page: files that `make page` built, and the page itself for every address that it makes of its own."""

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from lexiscope.serve.problems import NotFoundError

router = APIRouter(include_in_schema=False)

PAGE = Path(__file__).parents[1] / "page"
_OTHERS = ("api", "v1", "dicomweb", "mcp")  # first parts of addresses that are no views of the page
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
_FOREVER = "public, max-age=31536000, immutable"  # names of assets hold the hash of what is in them
_NOT_BUILT = """<!doctype html>
<html lang="en">
<title>Lexiscope: the page is not built</title>
<h1>The page is not built</h1>
<p>Build it in the folder of the sources, then load this address again:</p>
<pre>make page</pre>
<p>The <a href="/api/v1/openapi.json">API</a> answers without it.</p>
</html>
"""


@router.api_route("/{address:path}", methods=["GET", "HEAD"])
def page(address: str) -> Response:
    """A file of the page; the page itself for an address that it reads on its own, such as that of a case."""
    index = PAGE / "index.html"
    files = _files(PAGE, index.stat().st_mtime_ns if index.is_file() else None)
    first, slash, _ = address.partition("/")
    if address in files:
        return _file(files[address], address)
    if first in _OTHERS or first == "assets" or ("." in first and not slash):
        raise NotFoundError(f"expected an address of the API or the page, got /{address}; see /api/v1/openapi.json")
    if not files:
        return HTMLResponse(_NOT_BUILT, status_code=503)
    return _file(index, "index.html")


def _file(path: Path, name: str) -> Response:
    lasts = _FOREVER if name.startswith("assets/") else "no-cache"
    media_type = _TYPES.get(path.suffix, "application/octet-stream")
    return FileResponse(path, media_type=media_type, headers={"Cache-Control": lasts})


@lru_cache(maxsize=2)
def _files(folder: Path, built: int | None) -> dict[str, Path]:
    """Name -> file: what is asked for is looked up among the files there are, and never used as a path."""
    if built is None:
        return {}
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
