import io
import threading
from concurrent.futures import ThreadPoolExecutor

import nibabel as nib
import numpy as np
import pytest
import tifffile
from fastapi.testclient import TestClient
from PIL import Image as Pillow

from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew
from lexiscope.sources.draft import ImageFile
from lexiscope.sources.encode import plane_file, volume_file
from lexiscope.testing import DraftSource
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.drafts import draft

_API = "/api/v1"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A scan with a mask, a micrograph of 16 bits and a stack."""
    folder = tmp_path_factory.mktemp("images")
    head = np.zeros((6, 10, 8), np.int16)
    head[3:, 5:, 4:] = 1000
    affine = np.diag([2.0, 2.0, 4.0, 1.0])
    scan = {
        "images": {"t1": volume_file(head, affine)},
        "masks": {"corner": volume_file((head > 0).astype(np.uint8), affine)},
    }
    sem = np.arange(600 * 300, dtype=np.uint16).reshape(600, 300) % 40_000
    stack = np.arange(3 * 8 * 9, dtype=np.uint16).reshape(3, 8, 9)
    tifffile.imwrite(folder / "stack.tif", stack, metadata={"axes": "ZYX"})
    drafts = [
        draft("scan", **scan),
        draft("sem", images={"sem": plane_file(sem, (5.0, 5.0), unit="nm")}),
        draft("stack", images={"tem": ImageFile(folder / "stack.tif", (40.0, 8.0, 8.0), "nm")}),
    ]
    build_corpus(folder / "corpus", DraftSource(drafts))
    return Corpus.open(folder / "corpus")


@pytest.fixture(scope="module")
def shown(corpus, tmp_path_factory):
    """The API over the corpus, without a model."""
    site = Site({}, Crew({}, queue=1), corpus, ServeConfig(port=0), tmp_path_factory.mktemp("site"))
    with TestClient(create_app(site), base_url="http://localhost") as client:
        yield client


def _content(corpus, case, name):
    found = corpus[case]
    return (found.images.get(name) or found.masks[name]).content


def _png(response):
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/png"
    return np.asarray(Pillow.open(io.BytesIO(response.content)))


def test_the_file_itself_is_given_unchanged_and_kept_by_browsers(corpus, shown):
    content = _content(corpus, "scan", "t1")
    response = shown.get(f"{_API}/images/{content}")
    assert response.content == corpus.object_path(corpus["scan"].images["t1"]).read_bytes()
    assert response.headers["etag"] == f'"{content}"'
    assert "immutable" in response.headers["cache-control"]
    again = shown.get(f"{_API}/images/{content}", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_drawn_is_kept_for_an_hour_and_asked_for_again(corpus, shown):
    content = _content(corpus, "sem", "sem")
    for path in (f"/images/{content}/thumbnail", f"/tiles/{content}/3/0/0"):
        response = shown.get(f"{_API}{path}")
        assert response.headers["cache-control"] == "private, max-age=3600"
        again = shown.get(f"{_API}{path}", headers={"If-None-Match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_slow_pictures_keep_nobody_else_waiting(corpus, shown, monkeypatch):
    """More slow pictures are asked for than the server has threads, and a file is still given at once."""
    content, go_on = _content(corpus, "scan", "t1"), threading.Event()
    decoded = shown.app.state.site.gallery.decoded
    monkeypatch.setattr(shown.app.state.site.gallery, "decoded", lambda *given: go_on.wait(30) and decoded(*given))
    with ThreadPoolExecutor(60) as pool:
        slow = [pool.submit(shown.get, f"{_API}/images/{content}/slice?index={n % 6}") for n in range(60)]
        try:
            assert shown.get(f"{_API}/images/{content}").status_code == 200
            assert not any(one.done() for one in slow)
        finally:
            go_on.set()
        assert {one.result().status_code for one in slow} == {200}


def test_a_thumbnail_a_slice_and_the_facts_of_a_scan(corpus, shown):
    content = _content(corpus, "scan", "t1")
    assert _png(shown.get(f"{_API}/images/{content}/thumbnail")).shape == (256, 205)
    response = shown.get(f"{_API}/images/{content}/slice", params={"axis": "y", "index": 9})
    assert _png(response)[0, 0] == 255
    assert response.headers["x-axes"] == "left=R, right=L, top=S, bottom=I"
    facts = shown.get(f"{_API}/images/{content}/about").json()
    assert (facts["shape"], facts["spacing"], facts["unit"]) == ([6, 10, 8], [4, 2, 2], "mm")
    assert facts["letters"]["z"]["left"] == "R"


def test_a_mask_is_shown_by_the_same_routes(corpus, shown):
    content = _content(corpus, "scan", "corner")
    picture = _png(shown.get(f"{_API}/images/{content}/slice", params={"index": 5}))
    assert sorted(np.unique(picture)) == [0, 255]
    assert shown.get(f"{_API}/volumes/{content}").status_code == 200


def test_a_scan_is_given_to_viewers_as_stored_and_a_stack_with_its_spacing(corpus, shown, tmp_path):
    content = _content(corpus, "scan", "t1")
    response = shown.get(f"{_API}/volumes/{content}")
    assert response.content == corpus.object_path(corpus["scan"].images["t1"]).read_bytes()
    assert "x-downsampled" not in response.headers
    assert response.headers["content-disposition"].endswith(f'{content}.nii.gz"')
    response = shown.get(f"{_API}/volumes/{_content(corpus, 'stack', 'tem')}")
    (tmp_path / "stack.nii.gz").write_bytes(response.content)
    assert np.allclose(nib.load(tmp_path / "stack.nii.gz").header.get_zooms(), (0.008, 0.008, 0.04))


def test_beyond_the_limit_the_header_says_so(tmp_path, shown):
    big = nib.Nifti1Image(np.zeros((128, 128, 90), np.uint8), np.eye(4))
    nib.save(big, tmp_path / "big.nii.gz")
    content = shown.app.state.site.gallery.show(tmp_path / "big.nii.gz")
    response = shown.get(f"{_API}/volumes/{content}", params={"limit_mb": 1})
    assert response.headers["x-downsampled"] == "2x1x1"
    (tmp_path / "small.nii.gz").write_bytes(response.content)
    assert nib.load(tmp_path / "small.nii.gz").shape == (64, 128, 90)


def test_tiles_of_a_micrograph_and_its_scale(corpus, shown):
    content = _content(corpus, "sem", "sem")
    levels = shown.get(f"{_API}/tiles/{content}").json()
    assert levels == {"width": 300, "height": 600, "tile": 256, "overlap": 0, "levels": 11}
    edge = _png(shown.get(f"{_API}/tiles/{content}/10/1/2"))
    assert edge.shape == (88, 44)
    window = {"low": 0, "high": 510}
    corner = _png(shown.get(f"{_API}/tiles/{content}/10/0/0", params=window))
    assert corner[0, :4].tolist() == [0, 1, 1, 2]  # halves are rounded up
    assert shown.get(f"{_API}/images/{content}/about").json()["scale"] == {"y": 5.0, "x": 5.0, "unit": "nm"}
    assert shown.get(f"{_API}/tiles/{content}/pixel", params={"x": 7, "y": 2}).json() == {"values": [607]}


@pytest.mark.parametrize(
    ("case", "name", "path", "status", "said"),
    [
        ("scan", "t1", "/tiles/{}/0/0/0", 400, "this is a volume"),
        ("sem", "sem", "/volumes/{}", 400, "expected a volume, got a picture"),
        ("sem", "sem", "/tiles/{}/10/9/0", 400, "level 10 has 2 x 3 tiles"),
        ("sem", "sem", "/tiles/{}/pixel?x=300&y=0", 400, "300 x 600 pixels, got column 300 and row 0"),
        ("sem", "sem", "/tiles/{}/10/0/0?low=9&high=3", 400, "low below high"),
        ("sem", "sem", "/tiles/{}/10/0/0?low=nan", 400, "two finite numbers"),
        ("scan", "t1", "/images/{}/slice?index=6", 400, "from 0 to 5, got 6"),
        ("scan", "t1", "/images/{}/slice?axis=w", 422, "axis"),
        ("scan", "t1", "/images/{}/thumbnail?size=100000", 422, "size"),
        ("scan", "t1", "/volumes/{}?limit_mb=0", 422, "limit_mb"),
    ],
)
def test_what_cannot_be_shown_is_a_problem_with_a_reason(corpus, shown, case, name, path, status, said):
    response = shown.get(f"{_API}{path.format(_content(corpus, case, name))}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]


@pytest.mark.parametrize("path", ["/images/{}", "/images/{}/about", "/images/{}/thumbnail", "/volumes/{}", "/tiles/{}"])
def test_hashes_that_nobody_has_are_not_found_and_names_that_are_none_are_refused(shown, path):
    assert shown.get(f"{_API}{path.format('ab' * 32)}").status_code == 404
    assert shown.get(f"{_API}{path.format('..%2f..%2fetc%2fpasswd')}").status_code in (404, 422)
    assert shown.get(f"{_API}{path.format('AB' * 32)}").status_code == 422


def test_a_damaged_file_is_a_problem_and_the_server_goes_on(shown, tmp_path):
    whole = nib.Nifti1Image(np.zeros((32, 32, 8), np.int16), np.eye(4)).to_bytes()
    claims_much = nib.Nifti1Image(np.zeros((2, 2, 2), np.int16), np.eye(4))
    claims_much.header.set_data_shape((30_000, 30_000, 30_000))
    hostile = {
        "cut.nii": whole[:3000],
        "bomb.nii": claims_much.header.binaryblock + bytes(100),
        "text.png": b"<svg onload=alert(1)>",
        "empty.png": b"",
    }
    for name, data in hostile.items():
        (tmp_path / name).write_bytes(data)
        content = shown.app.state.site.gallery.show(tmp_path / name)
        for path in ("/images/{}/thumbnail", "/images/{}/about", "/images/{}/slice", "/volumes/{}?limit_mb=1"):
            response = shown.get(f"{_API}{path.format(content)}")
            if name == "cut.nii" and "volumes" in path:
                continue  # within the limit it is given as it is stored, without being read
            assert response.status_code == 422, (name, path, response.text)
            assert response.headers["content-type"] == "application/problem+json"
    assert shown.get(f"{_API}/health").status_code == 200


def test_an_upload_is_shown_by_its_content(shown, picture):
    with picture.open("rb") as data:
        row = shown.post(f"{_API}/uploads", files={"file": ("grey.png", data)}).json()
    assert shown.get(f"{_API}/uploads/{row['upload']}").json() == row
    (content,) = row["images"].values()
    assert shown.get(f"{_API}/images/{content}").content == picture.read_bytes()
    assert _png(shown.get(f"{_API}/images/{content}/thumbnail", params={"size": 64})).shape == (64, 64)
    shown.app.state.site.uploads.forget(row["upload"])
    for upload, why in (
        (row["upload"], "newer ones took its place"),
        ("00000000-" + "a" * 16, "ended with the server"),
    ):
        gone = shown.get(f"{_API}/uploads/{upload}")
        assert (gone.status_code, gone.json()["do"]) == (410, "upload the files again")
        assert why in gone.json()["detail"]
    assert shown.get(f"{_API}/uploads/x").status_code == 404


def test_an_upload_of_dicom_files_is_shown_as_a_corpus_would_keep_it(shown, tmp_path):
    scanner = Scanner(tmp_path)
    scanner.series(4, Modality="CT")
    files = [("file", (path.name, path.read_bytes())) for path in sorted(tmp_path.iterdir())]
    row = shown.post(f"{_API}/uploads", files=files).json()
    assert (row["kind"], list(row["images"])) == ("dicom", ["ct"])
    facts = shown.get(f"{_API}/images/{row['images']['ct']}/about").json()
    assert (facts["shape"], facts["spacing"]) == ([4, 4, 6], [3.0, 2.0, 0.5])
    assert facts["letters"] is not None
    broken = [("file", (path.name, path.read_bytes()[:400])) for path in sorted(tmp_path.iterdir())]
    assert shown.post(f"{_API}/uploads", files=broken).json()["images"] == {}
