"""PMC's cloud service and E-utilities: which articles match, which files an article has, and getting them whole.

The bucket holds one folder an article version, `PMC123.1/`, with the XML and the figures; S3's listing gives size and
MD5 (the ETag) of each (https://pmc.ncbi.nlm.nih.gov/tools/pmcaws). Articles that are not there come as XML from efetch.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from lxml import etree

from lexiscope.core.errors import SourceError
from lexiscope.core.files import write_beside, write_json
from lexiscope.sources.markup import safe_parser
from lexiscope.sources.papers.pmc.client import Client
from lexiscope.sources.pixels import IMAGE_SUFFIXES
from lexiscope.sources.steady import open_input, read_input

CLOUD = "https://pmc-oa-opendata.s3.amazonaws.com"
EUTILS = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
MAX_FILE = 256 << 20
_DONE = "downloaded.json"
_MOST_PAGES = 100  # of a listing; each holds a thousand files, and an article has some dozens
_NUMBER = re.compile(r"[0-9]{1,12}")
_WANTED = (".xml", ".nxml", *IMAGE_SUFFIXES)
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an article in the cloud; `md5` is empty for files that were uploaded in parts."""

    key: str
    size: int
    md5: str


def find_articles(client: Client, query: str, *, limit: int, eutils: str = EUTILS, key: str = "") -> list[str]:
    """Ids of open-access articles that match a query, at most `limit`, in PMC's order.

    Raises:
        SourceError: no answer, or one that is none of esearch's.
    """
    parameters = {"db": "pmc", "term": f"({query}) AND open access[filter]", "retmax": limit, "retmode": "json"}
    body = client.get(f"{eutils}/esearch.fcgi?{urlencode(parameters | _who(key))}")
    try:
        numbers = [str(number) for number in json.loads(body)["esearchresult"]["idlist"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(f"esearch answered {body[:80]!r}", remedy="try again later") from error
    odd = next((number for number in numbers if not _NUMBER.fullmatch(number)), None)
    if odd is not None:  # ids become names of folders
        raise SourceError(f"esearch answered an id that is no number: {odd!r:.80}", remedy="try again later")
    return [f"PMC{number}" for number in numbers]


def fetch_article(
    client: Client, pmcid: str, folder: Path, *, cloud: str = CLOUD, eutils: str = EUTILS, key: str = ""
) -> None:
    """Bring an article's XML and figures into `folder`; files that are there and whole are not asked for again.

    Raises:
        SourceError: the article is nowhere, or a file arrives damaged.
    """
    if is_complete(folder):
        return
    files = _newest(list(_listed(client, pmcid, cloud)))
    if files:
        for file in files:
            _fetch(client, file, folder / PurePosixPath(file.key).name, cloud)
    else:
        _fetch_xml(client, pmcid, folder, eutils, key)
    sums = {path.name: _md5(path) for path in sorted(folder.iterdir()) if path.name != _DONE and path.is_file()}
    write_json(folder / _DONE, {"article": pmcid, "md5": sums})


def is_complete(folder: Path) -> bool:
    """True when an article's folder was finished and its files are still those that were downloaded."""
    try:
        sums = json.loads(read_input(folder / _DONE).decode("utf-8"))["md5"]
        return all((folder / name).is_file() and _md5(folder / name) == md5 for name, md5 in sums.items())
    except (SourceError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False  # downloaded anew


def _listed(client: Client, pmcid: str, cloud: str) -> Iterator[StoredFile]:
    token = ""
    for _ in range(_MOST_PAGES):
        parameters = {"list-type": "2", "prefix": f"{pmcid}."} | ({"continuation-token": token} if token else {})
        root = _xml(client.get(f"{cloud}/?{urlencode(parameters)}"))
        for node in root.iterfind("{*}Contents"):
            tag = (node.findtext("{*}ETag") or "").strip('"')
            size = (node.findtext("{*}Size") or "0").strip()
            if not _NUMBER.fullmatch(size):
                raise SourceError(f"the cloud's listing gives a file the size {size!r:.80}", remedy="try again later")
            yield StoredFile(node.findtext("{*}Key") or "", int(size), tag if _MD5.fullmatch(tag) else "")
        token = root.findtext("{*}NextContinuationToken") or ""
        if not token:
            return
    raise SourceError(f"the cloud's listing of {pmcid} does not end", remedy="download the article by hand")


def _xml(body: bytes) -> Any:
    try:
        return etree.fromstring(body, safe_parser())
    except etree.XMLSyntaxError as error:
        raise SourceError(f"the cloud's listing is no XML: {body[:80]!r}", remedy="try again later") from error


def _newest(files: list[StoredFile]) -> list[StoredFile]:
    """XML and images of the newest version; other files (PDF, text, supplements) are not needed."""
    newest = max((number for file in files if (number := _version(file.key)) is not None), default=None)
    kept = (file for file in files if newest is not None and _version(file.key) == newest)
    return [file for file in kept if file.key.lower().endswith(_WANTED)]


def _version(key: str) -> int | None:
    match = re.fullmatch(r"PMC[0-9]+\.([0-9]{1,9})/[^/]+", key)
    return int(match[1]) if match else None


def _fetch(client: Client, file: StoredFile, path: Path, cloud: str) -> None:
    if path.is_file() and path.stat().st_size == file.size and file.md5 in ("", _md5(path)):
        return
    with write_beside(path) as part:
        client.save(f"{cloud}/{quote(file.key)}", part, most=MAX_FILE)
        if part.stat().st_size != file.size or file.md5 not in ("", _md5(part)):
            msg = f"{file.key} arrived damaged: {part.stat().st_size:,} of {file.size:,} bytes, or another checksum"
            raise SourceError(msg, remedy="run it again")


def _fetch_xml(client: Client, pmcid: str, folder: Path, eutils: str, key: str) -> None:
    parameters = {"db": "pmc", "id": pmcid.removeprefix("PMC"), "retmode": "xml"}
    body = client.get(f"{eutils}/efetch.fcgi?{urlencode(parameters | _who(key))}")
    if b"<article" not in body:
        msg = f"{pmcid} is neither in PMC's cloud service nor given by efetch"
        raise SourceError(msg, remedy="check the id; only open-access articles can be had")
    with write_beside(folder / f"{pmcid}.xml") as part:
        part.write_bytes(body)


def _who(key: str) -> dict[str, str]:
    return {"tool": "lexiscope"} | ({"api_key": key} if key else {})


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open_input(path) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
