import email
import io
from contextlib import contextmanager

import pydicom
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.testclient import TestClient
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.dicomweb.store import ArchiveError, check_address, store
from lexiscope.serve.run import require_safe
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew

_SEG = "1.2.840.10008.5.1.4.1.1.66.4"


@pytest.fixture
def segmentation(tmp_path):
    def write(name="found.dcm", modality="SEG"):
        made = pydicom.Dataset()
        made.SOPClassUID, made.SOPInstanceUID, made.Modality = _SEG, generate_uid(), modality
        made.StudyInstanceUID, made.SeriesInstanceUID = generate_uid(), generate_uid()
        made.PatientID, made.PixelData = "HOSP-4711", bytes(range(8))
        made["PixelData"].VR = "OB"
        made.file_meta = pydicom.dataset.FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.save_as(tmp_path / name, enforce_file_format=True)
        return tmp_path / name

    return write


def _archive(received, *, refuse=0):
    """An archive that keeps what it is sent, and refuses the last few."""
    app = FastAPI()

    @app.post("/dicom-web/studies")
    async def stow(request: Request) -> Response:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = email.message_from_bytes(head + await request.body()).get_payload()
        given = [pydicom.dcmread(io.BytesIO(part.get_payload(decode=True))) for part in parts]
        received.append((dict(request.headers), given))
        items = [
            {
                "00081150": {"vr": "UI", "Value": [one.SOPClassUID]},
                "00081155": {"vr": "UI", "Value": [one.SOPInstanceUID]},
            }
            for one in given
        ]
        kept, left = items[: len(items) - refuse], items[len(items) - refuse :]
        answer = {"00081199": {"vr": "SQ", "Value": kept}}
        if left:
            answer["00081198"] = {"vr": "SQ", "Value": left}
        return JSONResponse(answer, 202 if left else 200, media_type="application/dicom+json")

    @app.post("/away/studies")
    def away() -> Response:
        return RedirectResponse("http://192.0.2.1/studies", 307)

    return app


def test_segmentations_arrive_as_they_were_written(segmentation, run_server):
    received = []
    paths = [segmentation("a.dcm"), segmentation("b.dcm")]
    with run_server(_archive(received)) as url:
        receipt = store(paths, f"{url}/dicom-web", token="secret")
    ((headers, given),) = received
    assert headers["authorization"] == "Bearer secret"
    assert [one.PixelData for one in given] == [bytes(range(8))] * 2
    assert list(receipt.stored) == [pydicom.dcmread(path).SOPInstanceUID for path in paths]


def test_what_an_archive_refuses_is_told(segmentation, run_server):
    with run_server(_archive([], refuse=1)) as url, pytest.raises(ArchiveError, match="took 1 of 2 segmentations, not"):
        store([segmentation("a.dcm"), segmentation("b.dcm")], f"{url}/dicom-web")


def test_an_archive_that_is_not_there_or_sends_elsewhere_is_told(segmentation, run_server):
    with run_server(_archive([])) as url:
        with pytest.raises(ArchiveError, match="does not take them"):
            store([segmentation()], f"{url}/nowhere")
        with pytest.raises(ArchiveError, match="does not take them"):
            store([segmentation()], f"{url}/away")


@pytest.mark.parametrize(
    ("url", "allowed", "said"),
    [
        ("http://pacs.hospital.example/dicom-web", False, "expected an archive on this machine"),
        ("https://pacs.hospital.example/dicom-web", False, "expected an archive on this machine"),
        ("http://pacs.hospital.example/dicom-web", True, "expected https"),
        ("http://localhost.evil.example/", False, "expected an archive on this machine"),
        ("http://127.0.0.1@evil.example/", False, "expected an archive on this machine"),
        ("ftp://127.0.0.1/", False, "expected an address such as"),
        ("127.0.0.1:8042", False, "expected an address such as"),
    ],
)
def test_identifiers_stay_on_this_machine_unless_somebody_says_so(segmentation, url, allowed, said):
    with pytest.raises(UsageError, match=said):
        store([segmentation()], url, off_this_machine=allowed)


@pytest.mark.parametrize(
    "url", ["http://localhost:8042/", "http://[::1]:8042/", "http://127.0.0.9/", "https://localhost/"]
)
def test_this_machine_has_many_names(url):
    check_address(url, off_this_machine=False)


def test_https_elsewhere_is_allowed_when_asked():
    check_address("https://pacs.hospital.example/dicom-web", off_this_machine=True)


def test_only_segmentations_are_sent(segmentation, tmp_path):
    with pytest.raises(SourceError, match=r"expected a DICOM segmentation, got scan.dcm of modality 'MR'"):
        store([segmentation("scan.dcm", "MR")], "http://127.0.0.1:1/")
    (tmp_path / "text.dcm").write_text("no DICOM")
    with pytest.raises(SourceError, match=r"text.dcm is no DICOM file"):
        store([tmp_path / "text.dcm"], "http://127.0.0.1:1/")
    with pytest.raises(UsageError, match="got none"):
        store([], "http://127.0.0.1:1/")


@pytest.fixture
def stored_by(segmentation, tmp_path):
    """The API of a server with these settings that once wrote a segmentation, and its address there."""

    @contextmanager
    def served(**settings):
        site = Site({}, Crew({}, queue=1), None, ServeConfig(port=0, **settings), tmp_path / "site")
        with site.results.writing("a call") as (result_id, folder):
            segmentation().rename(folder / "lesion.dcm")
        with TestClient(create_app(site), base_url="http://localhost") as client:
            yield lambda name="lesion.dcm": client.post(f"/api/v1/results/{result_id}/{name}/store")

    return served


def test_a_server_sends_a_result_to_its_own_archive(stored_by, run_server):
    received = []
    with run_server(_archive(received)) as url, stored_by(archive=f"{url}/dicom-web") as send:
        response = send()
        assert response.status_code == 201
        assert response.json()["stored"] == [received[0][1][0].SOPInstanceUID]
        assert send("other.dcm").status_code == 404
    with stored_by(archive=f"{url}/dicom-web") as send:
        response = send()  # the archive is gone
        assert response.status_code == 502
        assert "does not take them" in response.json()["detail"]


def test_a_server_without_an_archive_or_read_only_sends_nothing(stored_by):
    with stored_by() as send:
        assert send().status_code == 404
    with stored_by(archive="http://127.0.0.1:1/", read_only=True) as send:
        assert send().status_code == 403


def test_a_server_does_not_start_with_an_archive_elsewhere_that_nobody_allowed():
    with pytest.raises(UsageError, match="--archive-off-this-machine"):
        require_safe(ServeConfig(archive="https://pacs.hospital.example/"))
    require_safe(ServeConfig(archive="https://pacs.hospital.example/", archive_off_this_machine=True))
