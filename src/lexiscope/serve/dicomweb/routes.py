"""`/dicomweb`: QIDO-RS and WADO-RS (DICOM PS3.18), read-only."""

import io
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from lexiscope.core.errors import UsageError
from lexiscope.serve.dicomweb.holdings import Holdings, index_of
from lexiscope.serve.dicomweb.instance import Opened, instance_of, open_series, pixels_of
from lexiscope.serve.dicomweb.media import DICOM, DICOM_JSON, OCTETS, choose, in_parts, new_boundary, related_type
from lexiscope.serve.dicomweb.query import Level, read_query, search
from lexiscope.serve.dicomweb.study import Series, Study
from lexiscope.serve.drawing import drawn
from lexiscope.serve.pictures.orientation import AXES
from lexiscope.serve.pictures.slices import slice_picture
from lexiscope.serve.routes.tasks import PROBLEMS
from lexiscope.serve.site import Site, SiteOf

PREFIX = "/dicomweb"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_RELATED = "multipart/related"
_MORE = '299 lexiscope "There are additional results that can be requested"'
_NOT_ACCEPTED: dict[str, Any] = {"description": "The client takes none of the media types that there are."}
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {_RELATED: {}}, "description": "Parts."}}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "A PNG."}}

_PROBLEMS: dict[int | str, dict[str, Any]] = {400: PROBLEMS[400], 404: PROBLEMS[404], 406: _NOT_ACCEPTED}

router = APIRouter(prefix=PREFIX, tags=["dicomweb"], responses=_PROBLEMS)


class DicomJSON(JSONResponse):
    """Headers of DICOM as JSON (PS3.18, annex F)."""

    media_type = DICOM_JSON


Accept = Annotated[str | None, Header(include_in_schema=False)]


@router.get("/studies", response_class=DicomJSON)
@drawn
def studies(request: Request, site: SiteOf) -> Response:
    """Search for studies: by any attribute that is given back, with * and ?, limit, offset and includefield."""
    return _found(request, site, "study")


@router.get("/series", response_class=DicomJSON)
@drawn
def all_series(request: Request, site: SiteOf) -> Response:
    """Search for series of all studies."""
    return _found(request, site, "series")


@router.get("/instances", response_class=DicomJSON)
@drawn
def all_instances(request: Request, site: SiteOf) -> Response:
    """Search for instances of all studies."""
    return _found(request, site, "instance")


@router.get("/studies/{study}/series", response_class=DicomJSON)
@drawn
def series_of_study(study: str, request: Request, site: SiteOf) -> Response:
    """Search for series of a study."""
    return _found(request, site, "series", study)


@router.get("/studies/{study}/instances", response_class=DicomJSON)
@drawn
def instances_of_study(study: str, request: Request, site: SiteOf) -> Response:
    """Search for instances of a study."""
    return _found(request, site, "instance", study)


@router.get("/studies/{study}/series/{series}/instances", response_class=DicomJSON)
@drawn
def instances_of_series(study: str, series: str, request: Request, site: SiteOf) -> Response:
    """Search for instances of a series."""
    return _found(request, site, "instance", study, series)


@router.get("/studies/{study}", response_class=Response, responses=_FILES)
@drawn
def retrieve_study(study: str, site: SiteOf, accept: Accept = None) -> Response:
    """Get all instances of a study."""
    found = _holdings(site).study(study)
    return _sent(_opened(site, found, found.series), accept)


@router.get("/studies/{study}/metadata", response_class=DicomJSON)
@drawn
def study_metadata(study: str, request: Request, site: SiteOf, accept: Accept = None) -> Response:
    """Get the headers of all instances of a study."""
    found = _holdings(site).study(study)
    return _headers(_opened(site, found, found.series), request, accept)


@router.get("/studies/{study}/series/{series}", response_class=Response, responses=_FILES)
@drawn
def retrieve_series(study: str, series: str, site: SiteOf, accept: Accept = None) -> Response:
    """Get all instances of a series."""
    found, one = _holdings(site).series(study, series)
    return _sent(_opened(site, found, [one]), accept)


@router.get("/studies/{study}/series/{series}/metadata", response_class=DicomJSON)
@drawn
def series_metadata(study: str, series: str, request: Request, site: SiteOf, accept: Accept = None) -> Response:
    """Get the headers of all instances of a series."""
    found, one = _holdings(site).series(study, series)
    return _headers(_opened(site, found, [one]), request, accept)


@router.get("/studies/{study}/series/{series}/instances/{instance}", response_class=Response, responses=_FILES)
@drawn
def retrieve_instance(study: str, series: str, instance: str, site: SiteOf, accept: Accept = None) -> Response:
    """Get an instance."""
    opened, index = _instance(site, study, series, instance)
    return _sent([opened], accept, index, alone=True)


@router.get("/studies/{study}/series/{series}/instances/{instance}/metadata", response_class=DicomJSON)
@drawn
def instance_metadata(
    study: str, series: str, instance: str, request: Request, site: SiteOf, *, accept: Accept = None
) -> Response:
    """Get the header of an instance."""
    opened, index = _instance(site, study, series, instance)
    return _headers([opened], request, accept, index)


@router.get("/studies/{study}/series/{series}/instances/{instance}/frames/{frames}", response_class=Response)
@drawn
def frames(study: str, series: str, instance: str, frames: str, site: SiteOf, *, accept: Accept = None) -> Response:
    """Get the pixels of an instance; each has one frame."""
    opened, index = _instance(site, study, series, instance)
    if frames.strip() != "1":
        raise UsageError(f"expected frame 1, the only one of an instance, got {frames[:40]}; ask for frames/1")
    kind = choose(accept, _RELATED, OCTETS, parts=OCTETS)
    data = pixels_of(opened, index)
    if kind == OCTETS:
        return Response(data, media_type=OCTETS)
    return _parts([data], OCTETS)


@router.get(
    "/studies/{study}/series/{series}/instances/{instance}/rendered", responses=_PICTURE, response_class=Response
)
@router.get(
    "/studies/{study}/series/{series}/instances/{instance}/thumbnail", responses=_PICTURE, response_class=Response
)
@drawn
def rendered(
    study: str,
    series: str,
    instance: str,
    site: SiteOf,
    *,
    window: Annotated[str | None, Query(description="Centre, width and function: 40,400,linear.")] = None,
    viewport: Annotated[str | None, Query(description="Width and height in pixels: 512,512.")] = None,
    accept: Accept = None,
) -> Response:
    """Get an instance as a picture."""
    opened, index = _instance(site, study, series, instance)
    choose(accept, "image/png", parts="image/png")
    low, high = _window(window)
    size = _side(viewport)
    picture = slice_picture(
        opened.image,
        axis=AXES[opened.series.axis],
        index=index,
        low=low,
        high=high,
        channel=opened.series.channel,
        size=size,
    )
    return Response(picture.data, media_type="image/png")


def _holdings(site: Site) -> Holdings:
    return site.studies.of(site.cases)


def _found(request: Request, site: Site, level: Level, study: str | None = None, series: str | None = None) -> Response:
    query = read_query(request.query_params.multi_items(), level=level)
    if series is not None:
        query.keys["SeriesInstanceUID"] = series
    shown, more = search(_holdings(site), query, url=_base(request), study=study)
    headers = {"Warning": _MORE} if more else {}
    return DicomJSON(shown, headers=headers)


def _instance(site: Site, study: str, series: str, instance: str) -> tuple[Opened, int]:
    found, one = _holdings(site).series(study, series)
    index = index_of(one, instance)
    return next(_opened(site, found, [one])), index


def _opened(site: Site, study: Study, series: Iterable[Series]) -> Iterator[Opened]:
    return (open_series(study, one, site.gallery.decoded(one.image.content)) for one in series)


def _sent(opened: Iterable[Opened], accept: str | None, index: int | None = None, *, alone: bool = False) -> Response:
    kind = choose(accept, _RELATED, *([DICOM] if alone else []), parts=DICOM)
    files = _files(opened, index)
    if kind == DICOM:
        return Response(next(files), media_type=DICOM)
    return _parts(_begun(files), DICOM)


def _begun(files: Iterator[bytes]) -> Iterator[bytes]:
    """The same, once the first is made: what is damaged is told before anything is sent."""
    first = next(files)

    def all_of_them() -> Iterator[bytes]:
        yield first
        yield from files

    return all_of_them()


def _parts(bodies: Iterable[bytes], content_type: str) -> Response:
    boundary = new_boundary()
    parts = in_parts(bodies, boundary=boundary, content_type=content_type)
    return StreamingResponse(parts, media_type=related_type(boundary, content_type))


def _files(opened: Iterable[Opened], index: int | None) -> Iterator[bytes]:
    for one in opened:
        for at in range(one.series.count) if index is None else [index]:
            stream = io.BytesIO()
            instance_of(one, at).save_as(stream, enforce_file_format=True)
            yield stream.getvalue()


def _headers(opened: Iterable[Opened], request: Request, accept: str | None, index: int | None = None) -> Response:
    choose(accept, DICOM_JSON, "application/json", parts=DICOM_JSON)
    rows = [
        _header(one, at, _base(request))
        for one in opened
        for at in (range(one.series.count) if index is None else [index])
    ]
    return DicomJSON(rows)


def _header(opened: Opened, index: int, base: str) -> dict[str, Any]:
    made = instance_of(opened, index, with_pixels=False)
    row: dict[str, Any] = made.to_json_dict()
    place = f"{base}/studies/{opened.study.uid}/series/{opened.series.uid}/instances/{made.SOPInstanceUID}"
    kind = "OW" if opened.stored.dtype.itemsize == 2 else "OB"
    return {**row, "7FE00010": {"vr": kind, "BulkDataURI": f"{place}/frames/1"}}


def _base(request: Request) -> str:
    """Address of the service as the client knows it; some clients leave the port out of their Host header."""
    url, server = request.base_url, request.scope.get("server")
    if url.port is None and url.hostname in _LOOPBACK and server is not None and server[1] is not None:
        url = url.replace(port=server[1])
    return str(url).rstrip("/") + PREFIX


def _window(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return None, None
    numbers = text.split(",")[:2]
    try:
        centre, width = (float(number) for number in numbers)
    except ValueError as error:
        raise UsageError(f"expected centre,width,function as window, got {text[:40]}; such as 40,400,linear") from error
    return centre - width / 2, centre + width / 2


def _side(text: str | None) -> int | None:
    if text is None:
        return None
    sides = [side.strip() for side in text.split(",")[:2]]
    if len(sides) != 2 or not all(side.isdigit() and len(side) < 6 for side in sides):
        raise UsageError(f"expected width,height in pixels as viewport, got {text[:40]}; such as 512,512")
    return max(int(side) for side in sides)
