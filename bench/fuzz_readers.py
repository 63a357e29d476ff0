"""Readers and importers that `fuzz.py` tries: for each its seeds, and what one input goes through.

A reader may refuse what it is given with an error of lexiscope's own. Anything else that it raises is a find, and so
are drafts that no corpus could store and images that can be read once and not again.
"""

import io
import json
import shutil
import struct
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import CaseError, LexiscopeError, UsageError
from lexiscope.corpus.duplicates.perceptual_hash import perceptual_hash
from lexiscope.corpus.exchange.llava import LlavaSource
from lexiscope.corpus.exchange.openai import OpenAISource
from lexiscope.corpus.exchange.webdataset import WebdatasetSource
from lexiscope.corpus.rejections import read_rejections
from lexiscope.corpus.rows import SCHEMA, case_of, row_of
from lexiscope.corpus.storable_item import storable
from lexiscope.sources import Draft, Encoded, Rejected, Source
from lexiscope.sources.images import ImagesSource
from lexiscope.sources.papers.jats import JatsSource
from lexiscope.sources.papers.pdf import PdfSource
from lexiscope.sources.pixels import peek, read_header, read_pixels
from lexiscope.sources.scans.bids import BidsSource
from lexiscope.sources.scans.dicom import DicomSource
from lexiscope.sources.scans.micrograph import MicrographSource
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.sources.tables.questions import QuestionsSource
from lexiscope.sources.tables.table import TableSource
from lexiscope.testing.cases import make_drafts
from lexiscope.testing.dicom import Scanner
from lexiscope.testing.pdf import PdfPage, write_pdf

_CUT = b"\n--8<--\n"  # between the files of an input that is several


@dataclass(frozen=True, slots=True)
class Reader:
    """What one input goes through.

    Args:
        read: Called with the bytes and an empty folder.
        seeds: Gives inputs that are right.
        words: Words that a mutation may put in.
    """

    read: Callable[[bytes, Path], object]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()


def read_image(data: bytes, folder: Path, *, name: str) -> None:
    """Header, pixels, perceptual hash, and the same once more."""
    path = folder / name
    path.write_bytes(data)
    header = read_header(path)
    _, pixels = peek(path)
    perceptual_hash(pixels)
    again = read_pixels(path)
    assert again.shape == (header.channels, *header.shape), f"{again.shape} is not what the header says"


def read_source(data: bytes, folder: Path, *, names: tuple[str, ...], source: Callable[[Path], Source]) -> None:
    """All drafts of a source, with their images."""
    for name, part in zip(names, data.split(_CUT), strict=False):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(part)
    detected = type(source(folder)).detect(folder)
    assert detected in (True, False)
    for item in source(folder).drafts():
        take(storable(item))


def take(item: Draft | Rejected) -> None:
    """What a build does with a draft, but for the corpus."""
    if isinstance(item, Rejected):
        assert isinstance(item.reason, str)
        json.dumps([item.path, item.reason, item.remedy])
        return
    for modality, image in item.images.items():
        if isinstance(image.origin, Encoded):
            with tempfile.NamedTemporaryFile(suffix=image.origin.suffix) as file:
                Path(file.name).write_bytes(image.origin.data)
                _, pixels = peek(Path(file.name))
                perceptual_hash(pixels)
        assert modality
    case = Case(
        id=item.id,
        group=item.group,
        provenance=item.provenance,
        texts=item.texts,
        turns=item.turns,
        attributes=item.attributes,
        split=item.split,
    )
    keep(case)


def keep(case: Case) -> None:
    """A case as a row and back."""
    import pyarrow as pa

    table = pa.Table.from_pylist([row_of(case, {})], schema=SCHEMA)
    back = case_of(table.to_pylist()[0])
    assert back == case, "a case changes on its way through a row"


def read_rows(data: bytes, folder: Path) -> None:
    """A case as JSON, and the line of a file of rejections."""
    (folder / "rejected.jsonl").write_bytes(data)
    for line in read_rejections(folder):
        json.dumps(line)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(record, dict):
        keep(Case.from_dict(record))


def read_shard(data: bytes, folder: Path) -> None:
    """A tar shard: its bytes as they are, or members of what stands between the marks."""
    if _CUT not in data:
        (folder / "a.tar").write_bytes(data)
    else:
        with tarfile.open(folder / "a.tar", "w") as archive:
            for part in data.split(_CUT):
                name, _, content = part.partition(b"\n")
                info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape")[:200])
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    for item in WebdatasetSource(folder).drafts():
        take(storable(item))


def read_settings(data: bytes, folder: Path) -> None:
    """Settings in YAML, for every stage of training."""
    from lexiscope.training import STAGES

    (folder / "a.yaml").write_bytes(data)
    for name in STAGES:
        try:
            STAGES.load(name).Config.read(folder / "a.yaml")
        except UsageError:
            continue


def read_model(data: bytes, folder: Path) -> None:
    """A model directory with one of its JSON files replaced; the first byte says which."""
    from lexiscope.models.directory import ModelDirectory

    model, names = _tiny_model()
    name = names[data[0] % len(names)] if data else names[0]
    shutil.copytree(model, folder / "model")
    (folder / "model" / name).write_bytes(data[1:])
    opened = ModelDirectory(folder / "model")
    for read in (opened.record, opened.views, opened.joint):
        try:
            read()
        except LexiscopeError:
            continue


@cache
def _tiny_model() -> tuple[Path, tuple[str, ...]]:
    from lexiscope.testing.speaking import make_speaking_corpus, tiny_model

    folder = Path(tempfile.mkdtemp())
    model = tiny_model(make_speaking_corpus(folder / "corpus", 4), folder / "model").path
    return model, tuple(sorted(str(file.relative_to(model)) for file in model.rglob("*.json")))


def _model_seeds() -> Iterable[bytes]:
    model, names = _tiny_model()
    for number, name in enumerate(names):
        data = (model / name).read_bytes()
        if len(data) < 1 << 16:
            yield bytes([number]) + data


def _nifti_seeds() -> Iterable[bytes]:
    import nibabel

    for kind, values in ((nibabel.Nifti1Image, np.int16), (nibabel.Nifti2Image, np.float32)):
        for shape in ((5, 4, 3), (4, 4, 2, 2)):
            image = kind(np.arange(np.prod(shape)).reshape(shape).astype(values), np.diag([1, 1, 4, 1]))
            image.header.set_xyzt_units("mm")
            yield image.to_bytes()
    yield nibabel.MGHImage(np.zeros((4, 4, 3), np.float32), np.eye(4)).to_bytes()


def _raster_seeds(*formats: str) -> Iterable[bytes]:
    from PIL import Image as Picture

    pixels = np.random.default_rng(0).integers(0, 255, (9, 7, 3), dtype=np.uint8)
    for form in formats:
        for mode in ("RGB", "L", "P"):
            stream = io.BytesIO()
            Picture.fromarray(pixels).convert(mode).save(stream, format=form)
            yield stream.getvalue()


def _tiff_seeds() -> Iterable[bytes]:
    import tifffile

    rng = np.random.default_rng(0)
    for options in (
        {},
        {"compression": "zlib"},
        {"imagej": True},
        {"ome": True},
        {"tile": (16, 16)},
        {"bigtiff": True},
        {"compression": "lzw", "predictor": True},
        {"compression": "packbits"},
    ):
        for shape in ((8, 6), (3, 8, 6)):
            stream = io.BytesIO()
            tifffile.imwrite(stream, rng.integers(0, 999, shape).astype(np.uint16), **options)
            yield stream.getvalue()
    yield from _raster_seeds("TIFF")


def _mrc_seeds() -> Iterable[bytes]:
    head = bytearray(1024)
    head[:16] = struct.pack("<4i", 4, 3, 1, 1)
    head[28:52] = struct.pack("<3i3f", 4, 3, 1, 40.0, 30.0, 10.0)[:24]
    head[64:76] = struct.pack("<3i", 1, 2, 3)
    head[208:216] = b"MAP \x44\x44\0\0"
    yield bytes(head) + bytes(24)


def _sidecar_seeds() -> Iterable[bytes]:
    yield b"PixelSize=4.96\nMicronMarker=500000\nDataSize=1280x960\nMagnification=20000\n"
    yield b"$CM_MAG 20000\n$SM_MICRON_BAR 71"
    yield b"[SemImageFile]\nInstructName=S-4800\nPixelSize=9.921875\nAcceleratingVoltage=5000 Volt\n"
    yield "A crack in a glaze, 5 µm wide.".encode()
    yield b"[MAIN]\nPixelSizeX=1e-09\nPixelSizeY=1e-09\n[SEM]\nHV=5000\n"
    yield b"AP_PIXEL_SIZE\nPixel Size = 12.3 nm\nAP_WD\nWD = 5.0 mm\n"


def _sidecar_source(folder: Path) -> Source:
    (folder / "a.png").write_bytes(next(iter(_raster_seeds("PNG"))))
    return MicrographSource(folder)


def _dicom_seeds() -> Iterable[bytes]:
    with tempfile.TemporaryDirectory() as name:
        scanner = Scanner(Path(name))
        slices = [np.random.default_rng(n).integers(0, 900, (6, 5)).astype(np.uint16) for n in range(3)]
        for number, pixels in enumerate(slices):
            scanner.slice(f"{number}.dcm", pixels, z=2.0 * number, series="1.2.3", number=number + 1)
        scanner.slice("rgb.dcm", np.zeros((4, 4, 3), np.uint8), z=None, series="1.2.4")
        files = {path.name: path.read_bytes() for path in sorted(Path(name).glob("*.dcm"))}
    yield from (files["0.dcm"], files["rgb.dcm"])
    yield _CUT.join([files["0.dcm"], files["1.dcm"], files["2.dcm"]])


def _pdf_seeds() -> Iterable[bytes]:
    figure = PdfPage(
        texts=[
            (60, 80, 11, "Figure 1. (a) A pore of 5 µm. (b) A crack.", False),
            (60, 400, 10, "As Fig. 1a shows, the pore is round.", False),
        ],
        boxes=[((60, 100, 300, 300), 0.4)],
        strokes=[(60, 320, 300, 320)],
        turned=[(500, 500, 9, "Fig. 2: sideways", 90.0)],
        operators="q 1 0 0 1 5 5 cm 0 0 10 10 re W n /X0 Do Q",
        forms=["BT /F1 9 Tf 70 700 Td (inside) Tj ET"],
    )
    with tempfile.TemporaryDirectory() as name:
        yield write_pdf(Path(name) / "a.pdf", [figure], title="Pores").read_bytes()
        two = [PdfPage(texts=[(60, 700, 10, "Figure 2: the caption goes on", False)]), figure]
        yield write_pdf(Path(name) / "b.pdf", two).read_bytes()


def _jats_seeds() -> Iterable[bytes]:
    yield (
        b'<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"><front>'
        b"<journal-meta><journal-id>JG</journal-id></journal-meta><article-meta>"
        b'<article-id pub-id-type="doi">10.1/x</article-id><article-id pub-id-type="pmc">77</article-id>'
        b"<title-group><article-title>Grains</article-title></title-group><pub-date><year>2020</year></pub-date>"
        b'<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>CC BY</license-p>'
        b'</license></permissions></article-meta></front><body><p>See <xref ref-type="fig" rid="f1">Fig. 1a</xref> '
        b"and x<sup>2</sup>, <mml:math><mml:mfrac><mml:mi>a</mml:mi><mml:mn>2</mml:mn></mml:mfrac></mml:math>.</p>"
        b'<fig-group id="g"><caption><p>Shared.</p></caption><fig id="f1"><label>Figure 1</label><caption><title>'
        b"A pore.</title><p>(a) Small. (b) <inline-formula><tex-math>$\\frac{1}{2}\\mu$</tex-math></inline-formula></p>"
        b'</caption><alt-text>grey</alt-text><graphic xlink:href="a.png"/></fig></fig-group></body></article>'
    )
    yield b'<pmc-articleset><article><body><fig id="a"><graphic href="a"/></fig></body></article></pmc-articleset>'


def _jats_source(folder: Path) -> Source:
    (folder / "a.png").write_bytes(next(iter(_raster_seeds("PNG"))))
    return JatsSource(folder)


def _table_seeds() -> Iterable[bytes]:
    yield 'caption,id,group,age\nA crack.,1,a,61\nEin Riß,2,b,"4,5"\n'.encode()
    yield b'sep=;\ncaption;id;group;age\n"a ""quoted""\ncell";1;a;NA\n'
    yield "caption\tid\n\u00b5m\tx\n".encode("utf-16")
    yield "caption,id\ncaf\xe9,1\n".encode("cp1252")


def _table_source(folder: Path) -> Source:
    return TableSource(
        folder / "a.csv", text_columns=("caption",), id_column="id", group_column=None, attribute_columns=()
    )


def _table_lines_source(folder: Path) -> Source:
    return TableSource(folder / "a.jsonl", text_columns=("caption",), id_column="id")


def _questions_source(folder: Path) -> Source:
    (folder / "a.png").write_bytes(next(iter(_raster_seeds("PNG"))))
    return QuestionsSource(folder / "a.csv")


def _llava_seeds() -> Iterable[bytes]:
    turns = [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A thing."}]
    entry = {"id": "a", "image": "a.png", "conversations": turns, "split": "train", "group": "g", "licence": "CC0"}
    yield json.dumps([entry, {**entry, "id": "b", "images": ["a.png"], "modalities": ["sem"]}]).encode()
    yield b"\n".join(json.dumps(entry).encode() for _ in range(2))
    yield b"\xef\xbb\xbf" + json.dumps([{"id": 3, "messages": [{"role": "user", "content": "q"}]}]).encode()


def _openai_seeds() -> Iterable[bytes]:
    parts = [{"type": "image_url", "image_url": {"url": "a.png"}}, {"type": "text", "text": "q"}]
    spoken = [{"role": "user", "content": parts}, {"role": "assistant", "content": "a"}]
    yield json.dumps({"messages": spoken, "id": "x"}).encode()
    coded = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    yield json.dumps({"messages": [{"role": "user", "content": [coded]}, spoken[1]], "split": "test"}).encode()


def _case_record() -> dict[str, Any]:
    draft = make_drafts(1)[0]
    case = Case(draft.id, draft.group, Provenance("testing", locator={"a": [1.0, 2.0]}), texts=draft.texts)
    image = {"content": "0" * 64, "modality": "photo", "format": "png", "shape": [8, 8], "channels": 3, "bits": 8}
    turn = {"question": "Q?", "answer": "A", "kind": "open", "evidence": [{"passage": 0, "start": 0, "end": 1}]}
    return {
        **case.to_dict(),
        "images": {"photo": {**image, "spacing": [1.0, 1.0], "unit": "um", "path": None}},
        "turns": [turn],
        "attributes": {"age": 61, "sex": "F", "ill": True, "size": 1.5},
    }


def _row_seeds() -> Iterable[bytes]:
    yield json.dumps(_case_record()).encode()
    yield json.dumps({"path": "a", "reason": "b", "remedy": "c", "source": "d", "kind": "rejected"}).encode()


def _shard_seeds() -> Iterable[bytes]:
    png = next(iter(_raster_seeds("PNG")))
    yield _CUT.join([b"a.png\n" + png, b"a.txt\nA pore.", b'a.json\n{"caption": "x", "license": "CC0"}', b"a.cls\n3"])
    yield _CUT.join([b"./b/c.json\n" + json.dumps(_case_record()).encode(), b"b/c.images.photo.png\n" + png])
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"text"))
    yield stream.getvalue()


def _settings_seeds() -> Iterable[bytes]:
    yield b"epochs: 4\nbatch: 8\nlr: 1e-3\nsize: 32\nhead: {width: 16, dropout: 0.5}\nmodality: [a, b]\nseed: 3\n"
    yield b"objective: simclr\ntower: cnn\nwarmup: 0.1\nbf16: false\npatience: null\ncrop: [0.1, 1]\n"
    yield b"a: &x [1, 2]\nb: *x\n? [1]\n: 2\n"


def _bids_seeds() -> Iterable[bytes]:
    scan = next(iter(_nifti_seeds()))
    tables = [b"participant_id\tage\tsex\nsub-1\t61\tF\n", b'{"EchoTime": 0.03, "Modality": "MR"}']
    yield _CUT.join([*tables, b'{"Name": "x", "BIDSVersion": "1.8.0"}', scan])


def _decathlon_seeds() -> Iterable[bytes]:
    record: Mapping[str, Any] = {
        "modality": {"0": "FLAIR", "1": "T1w"},
        "labels": {"0": "background", "1": "tumour"},
        "training": [{"image": "./imagesTr/a.nii", "label": "./labelsTr/a.nii"}],
        "test": ["./imagesTs/b.nii"],
        "file_ending": ".nii",
    }
    yield _CUT.join([json.dumps(record).encode(), *list(_nifti_seeds())[:1]])


_TURN_WORDS = (b'"conversations"', b'"messages"', b'"image"', b'"from"', b'"value"', b'"content"', b"null", b"1e999")
_JSON_WORDS = (b"null", b"true", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'"\\ud800"', b'"\\u0000"', b"0.5", b"9" * 30)
_BIDS = ("participants.tsv", "sub-1/anat/sub-1_T1w.json", "dataset_description.json", "sub-1/anat/sub-1_T1w.nii")

READERS: dict[str, Reader] = {
    "nifti": Reader(partial(read_image, name="a.nii"), _nifti_seeds),
    "nifti-layouts": Reader(
        partial(read_source, names=("dataset.json", "imagesTr/a.nii", "labelsTr/a.nii"), source=NiftiSource),
        _decathlon_seeds,
        _JSON_WORDS,
    ),
    "bids": Reader(partial(read_source, names=_BIDS, source=BidsSource), _bids_seeds, _JSON_WORDS),
    "tiff": Reader(partial(read_image, name="a.tif"), _tiff_seeds),
    "tiff-images": Reader(partial(read_source, names=("a.tif",), source=MicrographSource), _tiff_seeds),
    "raster": Reader(partial(read_image, name="a.png"), partial(_raster_seeds, "PNG", "JPEG", "GIF", "BMP", "WEBP")),
    "mrc": Reader(partial(read_source, names=("a.mrc",), source=MicrographSource), _mrc_seeds),
    "sidecar": Reader(partial(read_source, names=("a.txt",), source=_sidecar_source), _sidecar_seeds),
    "caption": Reader(
        partial(read_source, names=("a.txt", "a.png"), source=ImagesSource),
        lambda: [_CUT.join([b"A pore.", next(iter(_raster_seeds("PNG")))])],
    ),
    "dicom": Reader(partial(read_source, names=("0.dcm", "1.dcm", "2.dcm"), source=DicomSource), _dicom_seeds),
    "jats": Reader(partial(read_source, names=("a.xml",), source=_jats_source), _jats_seeds),
    "pdf": Reader(partial(read_source, names=("a.pdf",), source=PdfSource), _pdf_seeds),
    "table": Reader(partial(read_source, names=("a.csv",), source=_table_source), _table_seeds),
    "table-lines": Reader(
        partial(read_source, names=("a.jsonl",), source=_table_lines_source),
        lambda: [b'{"caption": "A crack.", "id": "1", "n": [1, 2]}\n{"caption": null, "id": 2}\n'],
        _JSON_WORDS,
    ),
    "questions": Reader(
        partial(read_source, names=("a.csv",), source=_questions_source),
        lambda: [b"image,question,answer,split\na.png,Is it grey?,Yes,train\na.png,What is it?,A pore,test\n"],
    ),
    "llava": Reader(
        lambda data, folder: read_source(data, folder, names=("a.json",), source=_in_file(LlavaSource, "a.json")),
        _llava_seeds,
        _TURN_WORDS + _JSON_WORDS,
    ),
    "openai": Reader(
        lambda data, folder: read_source(data, folder, names=("a.jsonl",), source=_in_file(OpenAISource, "a.jsonl")),
        _openai_seeds,
        _TURN_WORDS + _JSON_WORDS,
    ),
    "webdataset": Reader(read_shard, _shard_seeds, (*_JSON_WORDS, _CUT, b"../", b".json\n", b".txt\n")),
    "rows": Reader(read_rows, _row_seeds, _JSON_WORDS),
    "settings": Reader(read_settings, _settings_seeds, (b"&a ", b"*a", b"!!python/name:os", b"<<: ", b".nan", b"~")),
    "model": Reader(read_model, _model_seeds, _JSON_WORDS),
}


def _in_file(source: Callable[[Path], Source], name: str) -> Callable[[Path], Source]:
    return lambda folder: source(folder / name)


def refused(error: BaseException) -> bool:
    """True for what a reader may raise: an error of ours that says what is wrong."""
    return isinstance(error, CaseError | LexiscopeError)
