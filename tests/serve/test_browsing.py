"""What the page browses: cases, counts, the corpus, reports and the files of the page; no model is opened for it."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from PIL import Image as Picture

from lexiscope.core import Case, Image, Passage, Provenance
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.routes import page
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew


def _png() -> bytes:
    written = io.BytesIO()
    Picture.effect_noise((30, 20), 60).save(written, "png")
    return written.getvalue()


_PNG = _png()
_PLANE = hashlib.sha256(_PNG).hexdigest()


def _case(n: int) -> Case:
    images = {"flair": Image(_PLANE, "flair", "png", (20, 30))} if n % 2 else {}
    texts = (Passage("instruction", "Segment it."), Passage("caption", f"<b>Case {n}</b>"))
    masks = {"lesion": Image("cd" * 32, "lesion", "png", (20, 30), marked=0)} if n == 1 else {}
    attributes = {"age": n}
    return Case(f"p{n}/visit", f"p{n}", Provenance("table"), images, masks, texts, attributes=attributes, split="train")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("browsing")
    corpus = Corpus.create(folder / "corpus")
    (folder / "plane.png").write_bytes(_PNG)
    corpus.keep_object(folder / "plane.png", content=_PLANE, image_format="png")
    corpus.upsert(_case(n) for n in range(12))
    rejected = {"path": f"{Path.home()}/scans/a.csv:3", "reason": "no image", "remedy": "name one", "source": "table"}
    (corpus.path / "rejected.jsonl").write_text(json.dumps(rejected) + "\n")
    _write_reports(folder / "reports")
    site = Site(
        models={},
        crew=Crew({}, queue=1),
        corpus=corpus,
        config=ServeConfig(reports=folder / "reports"),
        folder=folder / "site",
    )
    with TestClient(create_app(site), base_url="http://localhost") as opened:
        yield opened


def _write_reports(folder: Path) -> None:
    (folder / "scans").mkdir(parents=True)
    evaluation = {"task": "search", "split": "test", "n": 3, "metrics": {}, "model": "f" * 64, "corpus": "c1"}
    learned = {"trained_on": {"path": "/home/someone/corpus", "split": "train"}}
    notes = [f"queries of {Path.home()}/queries.csv"]
    (folder / "scans/test.json").write_text(json.dumps({**evaluation, "audit": learned, "notes": notes}))
    about = {"model": "/home/someone/models/brain", "corpus": "/home/someone/corpus", "corpus_version": "c1"}
    (folder / "report.json").write_text(json.dumps({"subjects": [], "about": about}))
    (folder / "other.json").write_text('{"neither": 1}')
    (folder / "damaged.json").write_text("{")


def test_a_model_without_a_joint_space_is_listed(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "segmenter").mkdir()
    (tmp_path / "segmenter/record.json").write_text('{"seed": 7}')
    about = {"modalities": ["ct"], "structures": ["lesion"]}
    site = client.app.state.site  # type: ignore[attr-defined]
    monkeypatch.setattr(site, "models", {"outlines": ModelDirectory(tmp_path)})
    monkeypatch.setattr(site, "crew", SimpleNamespace(worker=lambda _: SimpleNamespace(about=about)))
    (row,) = client.get("/api/v1/models").json()
    assert (row["parts"], row["tasks"], row["record"]["seed"]) == (["segmenter"], ["segment"], 7)
    assert row["fingerprint"] == ModelDirectory(tmp_path).fingerprint_of("segmenter")


def test_pages_of_cases_meet_without_gap_or_overlap(client: TestClient) -> None:
    pages = [client.get("/api/v1/cases", params={"offset": at, "limit": 5}).json() for at in (0, 5, 10, 15)]
    assert [page["total"] for page in pages] == [12] * 4
    ids = [case["id"] for page in pages for case in page["cases"]]
    assert ids == [f"p{n}/visit" for n in range(12)]


def test_a_row_says_what_is_missing_and_shows_no_instruction(client: TestClient) -> None:
    bare, imaged = client.get("/api/v1/cases", params={"limit": 2}).json()["cases"]
    assert bare["images"] == {"flair": None}
    assert imaged["images"]["flair"]["width"] == 30
    assert imaged["images"]["flair"]["thumbnail"] == f"/api/v1/images/{_PLANE}/thumbnail"
    assert imaged["text"] == "<b>Case 1</b>"


def test_cases_are_filtered_and_counted(client: TestClient) -> None:
    where = ["attributes.age>=4", "modalities=flair"]
    assert client.get("/api/v1/cases", params={"where": where}).json()["total"] == 4
    assert client.get("/api/v1/facets", params={"where": where}).json()["total"] == 4


def test_cases_by_id_come_in_the_order_asked_and_unknown_ones_are_left_out(client: TestClient) -> None:
    found = client.get("/api/v1/cases", params={"id": ["p3/visit", "nobody", "p1/visit"]}).json()
    assert [case["id"] for case in found["cases"]] == ["p3/visit", "p1/visit"]


def test_a_case_whose_id_holds_a_slash_is_found(client: TestClient) -> None:
    case = client.get("/api/v1/cases/p1/visit").json()
    assert case["masks"]["lesion"] == {"content": "cd" * 32, "modality": "flair", "empty": True}
    assert [text["kind"] for text in case["texts"]] == ["instruction", "caption"]
    assert case["corrections"] == []


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/api/v1/cases/nobody", 404, "see /cases"),
        ("/api/v1/cases?where=colour=red", 400, "unknown filter field"),
        ("/api/v1/cases?limit=100000", 422, "limit"),
        ("/api/v1/reports/none", 404, "see /reports"),
        ("/api/v1/reports/..%2Fcorpus%2Fcorpus", 404, "see /reports"),
    ],
)
def test_what_is_not_there_is_told(client: TestClient, address: str, status: int, says: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_the_corpus_is_told_with_rejected_inputs_and_their_remedies(client: TestClient) -> None:
    corpus = client.get("/api/v1/corpus").json()
    assert corpus["cases"] == 12
    assert corpus["rejected"] == [
        {"path": "a.csv:3", "reason": "no image", "remedy": "name one", "source": "table", "kind": "rejected"}
    ]


def test_the_audit_is_kept_once_it_was_made(client: TestClient) -> None:
    assert client.get("/api/v1/corpus/audit").json()["splits"] == {"train": 12}
    assert client.get("/api/v1/corpus").json()["audit"]["splits"] == {"train": 12}


def test_reports_are_found_by_their_content_and_tell_no_folder(client: TestClient) -> None:
    rows = {row["name"]: row for row in client.get("/api/v1/reports").json()}
    assert {name: row["kind"] for name, row in rows.items()} == {
        "scans/test": "evaluation",
        "report": "interpretation",
    }
    assert rows["report"]["model"] == "brain"
    evaluation = client.get("/api/v1/reports/scans/test").json()
    assert (evaluation["task"], evaluation["notes"]) == ("search", ["queries of queries.csv"])
    assert evaluation["audit"]["trained_on"] == {"path": "corpus", "split": "train"}
    for name in rows:
        assert "someone" not in client.get(f"/api/v1/reports/{name}").text


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>the page</title>")
    (tmp_path / "assets/index-1.js").write_text("")
    monkeypatch.setattr(page, "PAGE", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "address", ["/", "/search?q=a", "/case/p1%2Fvisit", "/case/scan.nii.gz", "/reports/scans/test"]
)
def test_the_page_answers_every_address_of_its_own(client: TestClient, built: Path, address: str) -> None:
    answer = client.get(address)
    assert "the page" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "address", ["/api/v1/nothing", "/v1/nothing", "/assets/gone.js", "/favicon.ico", "/assets/..%2F..%2Fsecret"]
)
def test_the_page_answers_no_address_of_others(client: TestClient, built: Path, address: str) -> None:
    (built.parent / "secret").write_text("secret")
    answer = client.get(address)
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("/assets/../../secret", "")


def test_assets_are_kept_for_good_with_their_own_type(client: TestClient, built: Path) -> None:
    answer = client.get("/assets/index-1.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]


def test_without_a_built_page_the_command_that_builds_it_is_shown(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "nothing")
    answer = client.get("/search")
    assert answer.status_code == 503
    assert "make page" in answer.text
