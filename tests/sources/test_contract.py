"""Every source of the table meets the contract; one that joins the table has its class checked by itself."""

import csv
import importlib.util
import json
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path
from typing import ClassVar

import pytest

from lexiscope.corpus import EXCHANGE
from lexiscope.simulate.pdf import PdfPage, write_pdf
from lexiscope.sources import SOURCES, Draft, Encoded, Unread, detect_source
from lexiscope.sources.images import ImagesSource
from lexiscope.sources.papers.pmc import PmcSource
from lexiscope.testing import make_corpus, make_drafts
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.drafts import picture, png
from lexiscope.testing.sources import check_drafts, check_source

_XML = """<?xml version="1.0"?><article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="pmc">{pmc}</article-id></article-meta></front><body><p>See Fig. 1 and Fig. 2.</p>
<fig id="f1"><label>Fig. 1</label><caption><p>Grains.</p></caption><graphic xlink:href="g1"/></fig>
<fig id="f2"><label>Fig. 2</label><caption><p>Pores.</p></caption><graphic xlink:href="g2"/></fig></body></article>"""


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_keeps_its_contract(name, tmp_path):
    if name == "simulated":
        pytest.importorskip("nilearn", reason="nilearn carries the MNI152 maps")
    check_source(SOURCES.load(name), name=name, folder=tmp_path)


def dicom(folder):
    Scanner(folder).series(4)
    Scanner(folder / "second").series(4)
    (folder / "notes.txt").write_text("no image")
    return folder, {}, 2


def jats(folder):
    article = folder / "PMC12"
    article.mkdir()
    (article / "a.xml").write_text(_XML.format(pmc=12))
    (article / "g1.png").write_bytes(png(picture(1)).origin.data)
    (folder / "broken.xml").write_text("<article><body>")
    return folder, {}, 2


def pdf(folder):
    texts = [
        (72, 60 + 14 * row, 10, "Glass breaks along its edges, as Fig. 1 shows in detail.", False) for row in range(4)
    ]
    figure = (72, 420, 9, "Fig. 1. Grains of glass.", False)
    write_pdf(folder / "paper.pdf", [PdfPage([*texts, figure], boxes=[((100.0, 200.0, 400.0, 400.0), 0.4)])])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    return folder, {}, 1


def pmc(folder):
    article = folder / "PMC12"
    article.mkdir()
    (article / "PMC12.xml").write_text(_XML.format(pmc=12))
    sums = {"PMC12.xml": md5((article / "PMC12.xml").read_bytes()).hexdigest()}
    (article / "downloaded.json").write_text(json.dumps({"article": "PMC12", "md5": sums}))
    return folder, {"ids": ("PMC12",)}, 2


def nifti(folder):
    for draft in make_drafts(3, volumes=True, size=16):
        case = folder / "cases" / draft.id
        case.mkdir(parents=True)
        for modality, file in draft.images.items():
            (case / f"{modality}.nii.gz").write_bytes(file.origin.data)
    (folder / "cases" / "broken").mkdir()
    (folder / "cases" / "broken" / "t1w.nii").write_bytes(b"no header")
    return folder / "cases", {}, 4  # what is inside a file is found out by the build


def bids(folder):
    corpus = make_corpus(folder / "corpus", 4, volumes=True, size=16)
    EXCHANGE.load("bids").write(corpus, folder / "out", None)
    return folder / "out", {}, 4


def images(folder):
    (folder / "below").mkdir()
    for name in ("a.png", "below/b.png"):
        (folder / name).write_bytes(png(picture(1)).origin.data)
    (folder / "a.txt").write_text("A caption.")
    return folder, {}, 2


def table(folder):
    images(folder)
    rows = [["image", "text"], ["a.png", "One."], ["below/b.png", "Two."], ["../a.png", "outside"], ["", ""]]
    with (folder / "cases.csv").open("w") as stream:
        csv.writer(stream).writerows(rows)
    return folder / "cases.csv", {"image_columns": ("image",), "text_columns": ("text",)}, 2


def questions(folder):
    images(folder)
    rows = [["image", "question", "answer"], ["a.png", "Glass?", "yes"], ["a.png", "Pores?", "two"], ["x.png", "?", ""]]
    with (folder / "questions.csv").open("w") as stream:
        csv.writer(stream).writerows(rows)
    return folder / "questions.csv", {}, 1


def simulated(folder):
    if importlib.util.find_spec("nilearn") is None:
        pytest.skip("nilearn, which carries the MNI152 maps, is not installed")
    return folder, {"visits": 2}, 2


SAMPLES = {
    "dicom": dicom,
    "jats": jats,
    "bids": bids,
    "pdf": pdf,
    "pmc": pmc,
    "nifti": nifti,
    "micrograph": images,
    "questions": questions,
    "table": table,
    "images": images,
    "simulated": simulated,
}


DESCRIBING = {"nifti": (".csv", ".tsv", ".jsonl"), "bids": (".tsv",), "jats": (".pdf",)}
FOLDERS = ["dicom", "jats", "pdf", "nifti", "bids", "images", "micrograph"]


@pytest.mark.parametrize("name", SOURCES)
def test_what_a_source_gives_keeps_its_promises(name, tmp_path):
    assert name in SAMPLES, f"add a small sample of what {name!r} reads to SAMPLES"
    path, options, accepted = SAMPLES[name](tmp_path)
    check_drafts(SOURCES.load(name)(path, **options), accepted=accepted, besides=DESCRIBING.get(name, ()))


@pytest.mark.parametrize("name", FOLDERS)
def test_known_files_that_a_source_does_not_read_are_listed(name, tmp_path):
    path, options, accepted = SAMPLES[name](tmp_path)
    (path / "strays" / "cells.zarr").mkdir(parents=True)
    (path / "strays" / "cells.zarr" / "0.png").touch()
    for stray in ("cells.czi", "strays/cells.nd2", "strays/old.xlsx", "strays/notes.txt", "strays/.hidden.czi"):
        (path / stray).touch()
    (path / "strays" / "outlines.json").write_text('{"shapes": [{"points": [[1, 2], [3, 4], [5, 6]]}]}')
    source = SOURCES.load(name)(path, **options)
    check_drafts(source, accepted=accepted, besides=DESCRIBING.get(name, ()))
    unread = [item for item in source.drafts() if isinstance(item, Unread)]
    assert {file.name for item in unread for file in item.files} >= {
        "cells.czi", "cells.nd2", "old.xlsx", "cells.zarr", "outlines.json",
    }  # fmt: skip
    assert not {file.suffix for item in unread for file in item.files} & {".txt", ".png"}
    assert all(item.reason and item.remedy for item in unread)


def test_a_source_that_says_nothing_of_a_file_is_told_so(tmp_path):
    class Silent(ImagesSource):
        def drafts(self):
            return (item for item in super().drafts() if isinstance(item, Draft))

    path, _, accepted = images(tmp_path)
    (path / "cells.czi").touch()
    with pytest.raises(AssertionError, match=r"neither used nor rejected nor listed.*cells\.czi"):
        check_drafts(Silent(path), accepted=accepted)


@pytest.mark.parametrize("name", ["dicom", "jats", "pdf", "nifti", "bids", "images", "table", "questions"])
def test_a_sample_is_known_as_what_it_is(name, tmp_path):
    assert detect_source(SAMPLES[name](tmp_path)[0]) == name


@dataclass(frozen=True)
class Undocumented(ImagesSource):
    """One case an image.

    Args:
        path: Folder of images.
        licence: As of images.
    """

    name: ClassVar[str] = "undocumented"
    path: Path
    colour: bool = False

    def drafts(self):
        yield from (replace(draft, id="the same") for draft in super().drafts() if isinstance(draft, Draft))


def test_a_source_that_breaks_the_contract_is_told_so(tmp_path):
    with pytest.raises(AssertionError, match="'colour' must be keyword-only"):
        check_source(Undocumented, name="undocumented", folder=tmp_path)
    with pytest.raises(AssertionError, match="the entry is called 'other'"):
        check_source(Undocumented, name="other", folder=tmp_path)
    with pytest.raises(AssertionError, match="ids of drafts must be unique"):
        check_drafts(Undocumented(images(tmp_path)[0]), accepted=2)


def test_a_link_out_of_the_input_is_noticed(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    path, _, _ = images(folder)
    outside = tmp_path / "outside.png"
    outside.write_bytes(png(picture(2)).origin.data)

    class Careless(ImagesSource):
        def drafts(self):
            for draft in super().drafts():
                file = next(iter(draft.images.values()))
                assert not isinstance(file.origin, Encoded)
                yield replace(draft, images={"image": replace(file, origin=outside)})

    with pytest.raises(AssertionError, match="lies outside"):
        check_drafts(Careless(path), accepted=2)


def test_downloaded_articles_need_no_network(tmp_path):
    path, options, _ = pmc(tmp_path)
    assert not PmcSource(path, **options).allow_download
    assert [draft.provenance.source for draft in PmcSource(path, **options).drafts()] == ["pmc", "pmc"]
