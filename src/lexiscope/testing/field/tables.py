"""Variants of tables, LLaVA files and WebDataset shards: encodings, headers, missing values, paths, forms."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lexiscope.corpus.exchange import import_corpus
from lexiscope.testing.drafts import picture
from lexiscope.testing.field.variant import Outcome, Variant

_OPTIONS: dict[str, Any] = {"image_columns": ("image",), "text_columns": ("caption",), "attribute_columns": ("scale",)}
_FIRST, _SECOND = "Bubbles of 5–10 µm – “seeds”", "Cracks at 900 °C"


def variants() -> Iterator[Variant]:
    """Variants of tables and exchange files."""
    yield from _encodings()
    yield from _headers()
    yield from _missing()
    yield from _paths()
    yield from _llava()
    yield from _shards()


def _pictures(lab: Path, *names: str) -> None:
    from PIL import Image as Picture

    for seed, name in enumerate(names):
        (lab / name).parent.mkdir(parents=True, exist_ok=True)
        Picture.fromarray(picture(seed)).save(lab / name)


def _table(lab: Path, data: bytes, name: str = "t.csv") -> None:
    _pictures(lab, "a.png", "b.png")
    (lab / name).write_bytes(data)


def _read(
    first: str = _FIRST, second: str = _SECOND, *, scale: tuple[Any, Any] = (3.5, 12.25), said: str = ""
) -> Callable[[Outcome], None]:
    def right(outcome: Outcome) -> None:
        cases = list(outcome.cases.values())
        assert len(cases) == 2, (sorted(outcome.cases), outcome.reasons)
        for case, words, number in zip(cases, (first, second), scale, strict=True):
            assert [text.text for text in case.texts] == ([words] if words else []), case.texts
            assert case.attributes.get("scale") == number, dict(case.attributes)
            assert case.images
        assert said in outcome.steps, outcome.steps

    return right


def _encodings() -> Iterator[Variant]:
    kind = "encodings and dialects of tables"
    comma = f"image,caption,scale\na.png,{_FIRST},3.5\nb.png,{_SECOND},12.25\n"
    semicolon = f"image;caption;scale\na.png;{_FIRST};3,5\nb.png;{_SECOND};12,25\n"
    tab = comma.replace(",", "\t")
    ways: dict[str, tuple[bytes, str]] = {
        "UTF-8": (comma.encode(), "t.csv"), "UTF-8 with a mark": (comma.encode("utf-8-sig"), "t.csv"),
        "UTF-16": (comma.encode("utf-16"), "t.csv"), "UTF-16, no mark": (comma.encode("utf-16-le"), "t.csv"),
        "UTF-16, big endian": (b"\xfe\xff" + comma.encode("utf-16-be"), "t.csv"), "UTF-32": (comma.encode("utf-32"), "t.csv"),
        "Windows-1252, semicolons": (semicolon.encode("cp1252"), "t.csv"), "Windows-1252, commas": (comma.encode("cp1252"), "t.csv"),
        "Mac Roman": (comma.encode("mac_roman"), "t.csv"),
        "sep=;": (("sep=;\n" + semicolon).encode("utf-8-sig"), "t.csv"), "sep= in quotes": (('"sep=;"\r\n' + semicolon).encode("cp1252"), "t.csv"),
        "UTF-16 with tabs, as Excel saves text": (tab.encode("utf-16"), "t.csv"), "tabs in a .tsv": (tab.encode(), "t.tsv"),
        "CRLF": (comma.replace("\n", "\r\n").encode(), "t.csv"), "CR alone": (comma.replace("\n", "\r").encode(), "t.csv"),
        "bars": (semicolon.replace(";", "|").encode(), "t.csv"), "quoted everywhere": (
            "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in comma.splitlines()).encode(), "t.csv"),
        "thousands and decimals": (semicolon.encode(), "t.csv"), "no newline at the end": (comma.rstrip("\n").encode(), "t.csv"),
        "blank lines": (comma.replace("\n", "\n\n").encode(), "t.csv"), "trailing separators": (
            comma.replace("\n", ",,\n").encode(), "t.csv"), "JSON lines with a mark": (_jsonl().encode("utf-8-sig"), "t.jsonl"),
        "JSON lines, UTF-16": (_jsonl().encode("utf-16"), "t.jsonl"), "JSON lines, CRLF": (_jsonl().replace("\n", "\r\n").encode(), "t.jsonl"),
    }  # fmt: skip
    for name, (data, file) in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, d=data, f=file: _table(lab, d, f),
            _read(),
            reads="table",
            within=file,
            options=_OPTIONS,
        )
    for encoding, words in (("cp1251", "Пузыри в стекле"), ("gbk", "玻璃中的气泡"), ("shift_jis", "ガラスの気泡")):
        yield Variant(
            kind,
            f"{encoding}, unsaid",
            lambda lab, e=encoding, w=words: _table(lab, comma.replace(_FIRST, w).replace(_SECOND, w).encode(e)),
            _read(words, words),
            reads="table",
            within="t.csv",
            options=_OPTIONS,
            may_refuse="no UTF-8",
        )
    quoted = f'image,caption,scale\na.png,"Bubbles, ""seeds""\nand more",3.5\nb.png,{_SECOND},12.25\n'
    yield Variant(
        kind,
        "newline and quotes in a cell",
        lambda lab: _table(lab, quoted.encode()),
        _read('Bubbles, "seeds"\nand more'),
        reads="table",
        within="t.csv",
        options=_OPTIONS,
    )
    thousands = f"image;caption;scale\na.png;{_FIRST};1.234,5\nb.png;{_SECOND};12,25\n"
    yield Variant(
        kind,
        "points between thousands",
        lambda lab: _table(lab, thousands.encode()),
        _read(scale=(1234.5, 12.25)),
        reads="table",
        within="t.csv",
        options=_OPTIONS,
    )
    commas = f'image,caption,scale\na.png,{_FIRST},"3,5"\nb.png,{_SECOND},"12,25"\n'
    yield Variant(
        kind,
        "quoted decimal commas between commas",
        lambda lab: _table(lab, commas.encode()),
        _number_or_text,
        reads="table",
        within="t.csv",
        options=_OPTIONS,
    )


def _jsonl() -> str:
    rows = [{"image": "a.png", "caption": _FIRST, "scale": 3.5}, {"image": "b.png", "caption": _SECOND, "scale": 12.25}]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _number_or_text(outcome: Outcome) -> None:
    assert [case.attributes["scale"] for case in outcome.cases.values()] in ([3.5, 12.25], ["3,5", "12,25"])


def _headers() -> Iterator[Variant]:
    kind = "headers of tables"
    ways = {
        "blanks around names": f"image , caption, scale\na.png,{_FIRST},3.5\nb.png,{_SECOND},12.25\n",
        "a column twice": f"image,caption,scale,caption\na.png,{_FIRST},3.5,checked\nb.png,{_SECOND},12.25,\n",
        "a column twice, the first empty in none": f"image,caption,caption,scale\na.png,{_FIRST},,3.5\nb.png,{_SECOND},x,12.25\n",
        "a column without a name": f",image,caption,scale\n0,a.png,{_FIRST},3.5\n1,b.png,{_SECOND},12.25\n",
        "quoted names": f'"image","caption","scale"\na.png,{_FIRST},3.5\nb.png,{_SECOND},12.25\n',
        "hard blanks": f"image\u00a0,caption,scale\na.png,{_FIRST},3.5\nb.png,{_SECOND},12.25\n",
    }
    for name, text in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, t=text: _table(lab, t.encode()),
            _read(),
            reads="table",
            within="t.csv",
            options=_OPTIONS,
        )
    capital = f"Image,Caption,Scale\na.png,{_FIRST},3.5\nb.png,{_SECOND},12.25\n"
    yield Variant(
        kind,
        "capitals",
        lambda lab: _table(lab, capital.encode()),
        _read(),
        reads="table",
        within="t.csv",
        options=_OPTIONS,
        may_refuse="columns",
    )
    short = f"image,caption,scale\na.png,{_FIRST},3.5\nb.png\n"
    yield Variant(
        kind,
        "a short row",
        lambda lab: _table(lab, short.encode()),
        _one_of_two,
        reads="table",
        within="t.csv",
        options=_OPTIONS,
    )
    long = f"image,caption,scale\na.png,{_FIRST},3.5\nb.png,Cracks, which run inward,12.25\n"
    yield Variant(
        kind,
        "a row with a comma too many",
        lambda lab: _table(lab, long.encode()),
        _no_wrong_caption,
        reads="table",
        within="t.csv",
        options=_OPTIONS,
    )


def _one_of_two(outcome: Outcome) -> None:
    first = next(iter(outcome.cases.values()))
    assert [text.text for text in first.texts] == [_FIRST]
    assert len(outcome.cases) + len(outcome.rejected) == 2


def _no_wrong_caption(outcome: Outcome) -> None:
    captions = [text.text for case in outcome.cases.values() for text in case.texts]
    assert captions in ([_FIRST], [_FIRST, "Cracks, which run inward"]), captions
    assert len(outcome.cases) + len(outcome.rejected) == 2


def _missing() -> Iterator[Variant]:
    kind = "missing values"
    for word in ("nan", "NaN", "None", "N/A", "n/a", "NULL", "null", "#N/A", "#DIV/0!", "NA", "", " ", "<NA>"):
        text = f"image,caption,scale\na.png,{_FIRST},3.5\nb.png,{word},{word}\n"
        yield Variant(
            kind,
            f"{word!r} in a cell",
            lambda lab, t=text: _table(lab, t.encode()),
            _read(second="", scale=(3.5, None)),
            reads="table",
            within="t.csv",
            options=_OPTIONS,
        )
    for sign in ("-", ".", "--", "…", "?"):
        text = f"image,caption,scale\na.png,{_FIRST},3.5\nb.png,{sign},12.25\n"
        yield Variant(
            kind,
            f"{sign} as caption",
            lambda lab, t=text: _table(lab, t.encode()),
            _read(second=""),
            reads="table",
            within="t.csv",
            options=_OPTIONS,
        )
    rows = [
        {"image": "a.png", "caption": _FIRST, "scale": 3.5},
        {"image": "b.png", "caption": None, "scale": float("nan")},
    ]
    yield Variant(
        kind,
        "null and NaN of JSON",
        lambda lab: _table(lab, "\n".join(map(json.dumps, rows)).encode(), "t.jsonl"),
        _read(second="", scale=(3.5, None)),
        reads="table",
        within="t.jsonl",
        options=_OPTIONS,
    )


def _paths() -> Iterator[Variant]:
    kind = "paths of other systems"
    for name, written in {
        "backslashes": "pics\\a.png", "dot and backslash": ".\\pics\\a.png", "doubled": "pics\\\\a.png", "dot": "./pics/a.png",
        "blanks": "my pics/a 1.png", "umlauts, composed": "Bilder/grün.png", "umlauts, decomposed": "Bilder/gru\u0308n.png",
        "capitals": "PICS/A.PNG", "trailing blank": "pics/a.png ",
    }.items():  # fmt: skip
        yield Variant(
            kind,
            name,
            lambda lab, w=written: _one_row(lab, w),
            _found,
            reads="table",
            within="t.csv",
            options={"image_columns": ("image",), "text_columns": ("caption",)},
            may_refuse="found none|expected a file" if name == "capitals" else "",
        )
    for name, written in {
        "drive": "C:\\data\\a.png",
        "above": "..\\a.png",
        "root": "/etc/passwd",
        "share": "\\\\server\\x\\a.png",
    }.items():
        yield Variant(
            kind,
            f"outside: {name}",
            lambda lab, w=written: _one_row(lab, w),
            _refused,
            reads="table",
            within="t.csv",
            options={"image_columns": ("image",), "text_columns": ("caption",)},
            may_refuse="outside|leaves|expected a file|found none|path",
        )


def _one_row(lab: Path, written: str) -> None:
    _pictures(lab, "pics/a.png", "my pics/a 1.png", "Bilder/grün.png")
    (lab / "t.csv").write_text(f"image,caption\n{written},Bubbles.\n", "utf-8")


def _found(outcome: Outcome) -> None:
    assert outcome.only.images, outcome.steps


def _refused(outcome: Outcome) -> None:
    raise AssertionError(f"expected a rejection, got {sorted(outcome.cases)}")


def _imported(form: str, within: str) -> Callable[[Path, Path], object]:
    return lambda lab, corpus: import_corpus(corpus, lab / within, form=form)


def _llava() -> Iterator[Variant]:
    kind = "LLaVA files of other programs"
    entry = {"id": "c1", "image": "a.png", "conversations": [
        {"from": "human", "value": "<image>\nWhat is seen?"}, {"from": "gpt", "value": "Bubbles."}]}  # fmt: skip
    listed = json.dumps([entry])
    both = {**entry, "images": ["a.png", "b.png"], "conversations": [
        {"from": "human", "value": "<image><image>Which is clearer?"}, {"from": "gpt", "value": "The second."}]}  # fmt: skip
    del both["image"]
    one = {**both, "images": ["a.png"], "conversations": entry["conversations"]}
    roles = {"id": "c1", "images": ["a.png"], "messages": [
        {"role": "user", "content": "<image>What is seen?"}, {"role": "assistant", "content": "Bubbles."}]}  # fmt: skip
    ways: dict[str, tuple[bytes, str]] = {
        "a list": (listed.encode(), "t.json"), "a mark": (listed.encode("utf-8-sig"), "t.json"), "UTF-16": (listed.encode("utf-16"), "t.json"),
        "CRLF": (json.dumps([entry], indent=1).replace("\n", "\r\n").encode(), "t.json"), "JSON lines": ((json.dumps(entry) + "\n").encode(), "t.jsonl"),
        "JSON lines called .json": ((json.dumps(entry) + "\n").encode(), "t.json"), "images of one": (json.dumps([one]).encode(), "t.json"),
        "image in a list": (json.dumps([{**entry, "image": ["a.png"]}]).encode(), "t.json"),
        "place of the image at the end": (listed.replace("<image>\\nWhat is seen?", "What is seen?\\n<image>").encode(), "t.json"),
        "backslashes": (json.dumps([{**entry, "image": ".\\a.png"}]).encode(), "t.json"),
        "a number as id": (json.dumps([{**entry, "id": 7}]).encode(), "t.json"),
        "no id": (json.dumps([{k: v for k, v in entry.items() if k != "id"}]).encode(), "t.json"),
        "more keys": (json.dumps([{**entry, "model": "", "source": {"x": [1]}}]).encode(), "t.json"),
    }  # fmt: skip
    for name, (data, file) in ways.items():
        yield Variant(kind, name, lambda lab, d=data, f=file: _table(lab, d, f), _asked, build=_imported("llava", file))
    yield Variant(
        kind,
        "two images",
        lambda lab: _table(lab, json.dumps([both]).encode(), "t.json"),
        _two_images,
        build=_imported("llava", "t.json"),
    )
    yield Variant(
        kind,
        "messages of roles",
        lambda lab: _table(lab, json.dumps([roles]).encode(), "t.json"),
        _asked,
        build=_imported("llava", "t.json"),
        may_refuse="conversations|messages",
    )
    for name, value in {
        "null": None,
        "a list": ["Yes", "No"],
        "a number": 3,
        "blanks": "  ",
        "an object": {"x": 1},
    }.items():
        bad = {**entry, "id": "bad", "conversations": [entry["conversations"][0], {"from": "gpt", "value": value}]}
        yield Variant(
            kind,
            f"an answer that is {name}",
            lambda lab, b=bad: _table(lab, json.dumps([b, entry]).encode(), "t.json"),
            _one_rejected,
            build=_imported("llava", "t.json"),
        )
    missing = {**entry, "id": "bad", "image": "gone.png"}
    yield Variant(
        kind,
        "an image that is gone",
        lambda lab: _table(lab, json.dumps([missing, entry]).encode(), "t.json"),
        _one_rejected,
        build=_imported("llava", "t.json"),
    )
    places = {
        **entry,
        "id": "bad",
        "conversations": [{"from": "human", "value": "<image><image>What?"}, {"from": "gpt", "value": "It."}],
    }
    yield Variant(
        kind,
        "more places than images",
        lambda lab: _table(lab, json.dumps([places, entry]).encode(), "t.json"),
        _one_rejected,
        build=_imported("llava", "t.json"),
    )
    odd = {**entry, "id": "bad", "conversations": entry["conversations"][:1]}
    yield Variant(
        kind,
        "a question without an answer",
        lambda lab: _table(lab, json.dumps([odd, entry]).encode(), "t.json"),
        _one_rejected,
        build=_imported("llava", "t.json"),
    )


def _asked(outcome: Outcome) -> None:
    case = outcome.only
    assert [(turn.question, turn.answer) for turn in case.turns] == [("What is seen?", "Bubbles.")], case.turns
    assert len(case.images) == 1


def _two_images(outcome: Outcome) -> None:
    assert len(outcome.only.images) == 2
    assert outcome.only.turns[0].answer == "The second."


def _one_rejected(outcome: Outcome) -> None:
    assert sorted(outcome.cases) == ["c1"], sorted(outcome.cases)
    assert len(outcome.rejected) == 1, outcome.reasons


def _png(seed: int) -> bytes:
    from PIL import Image as Picture

    stream = io.BytesIO()
    Picture.fromarray(picture(seed)).save(stream, "PNG")
    return stream.getvalue()


def _shard(lab: Path, files: list[tuple[str, bytes]]) -> None:
    with tarfile.open(lab / "s.tar", "w") as tar:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def _shards() -> Iterator[Variant]:
    kind = "shards of other programs"
    keys = ("001", "002")
    words = {key: f"Melt number {key}.".encode() for key in keys}
    told = {key: json.dumps({"caption": f"Melt number {key}.", "license": "CC BY 4.0"}).encode() for key in keys}
    pictures = [(f"{key}.png", _png(n)) for n, key in enumerate(keys)]
    texts = [(f"{key}.txt", words[key]) for key in keys]
    ways: dict[str, list[tuple[str, bytes]]] = {
        "sorted": [pictures[0], texts[0], pictures[1], texts[1]],
        "pictures first": [*pictures, *texts],
        "texts first": [*texts, *pictures],
        "mixed": [pictures[0], texts[1], texts[0], pictures[1]],
        "suffixes in capitals": [(name.upper().replace(".TXT", ".txt"), data) for name, data in (*pictures, *texts)],
        "in a folder": [(f"train/{name}", data) for name, data in (*pictures, *texts)],
        "dot in front": [(f"./{name}", data) for name, data in (*pictures, *texts)],
        "captions in .json": [*pictures, *((f"{key}.json", told[key]) for key in keys)],
        "captions in .json and .txt": [*pictures, *texts, *((f"{key}.json", told[key]) for key in keys)],
        "files of macOS": [
            *pictures,
            *texts,
            *((f"._{name}", b"\0\5\x16\7") for name, _ in (*pictures, *texts)),
            (".DS_Store", b"x"),
        ],
        "a .cls beside": [*pictures, *texts, ("001.cls", b"3"), ("002.cls", b"4")],
        "called .caption": [*pictures, *((f"{key}.caption", words[key]) for key in keys)],
        "a mark in the text": [*pictures, *((f"{key}.txt", b"\xef\xbb\xbf" + words[key]) for key in keys)],
        "a hash of each file": [*pictures, *texts, ("001.md5", b"d41d8cd98f00b204e9800998ecf8427e")],
    }
    for name, files in ways.items():
        yield Variant(
            kind,
            name,
            lambda lab, f=files: _shard(lab, f),
            partial(_melts, licensed=".json" in name),
            build=_imported("webdataset", "s.tar"),
        )
    yield Variant(
        kind,
        "compressed",
        lambda lab: _compressed(lab, [*pictures, *texts]),
        partial(_melts, licensed=False),
        build=_imported("webdataset", "s.tar"),
        may_refuse="is compressed",
    )
    yield Variant(
        kind,
        "dots in keys",
        lambda lab: _shard(lab, [("a.b.png", _png(0)), ("a.b.txt", b"Melt.")]),
        _dotted,
        build=_imported("webdataset", "s.tar"),
    )
    yield Variant(
        kind,
        "two pictures of one key",
        lambda lab: _shard(lab, [("a.left.png", _png(0)), ("a.right.png", _png(1)), ("a.txt", b"Melt.")]),
        _two_pictures,
        build=_imported("webdataset", "s.tar"),
    )
    yield Variant(
        kind,
        "a caption without a picture",
        lambda lab: _shard(lab, [*pictures, *texts, ("003.txt", b"Melt.")]),
        _third_said,
        build=_imported("webdataset", "s.tar"),
    )
    yield Variant(
        kind,
        "a picture that is damaged",
        lambda lab: _shard(lab, [*pictures, *texts, ("003.png", b"\x89PNG"), ("003.txt", b"M")]),
        _third_said,
        build=_imported("webdataset", "s.tar"),
    )


def _melts(outcome: Outcome, *, licensed: bool) -> None:
    assert len(outcome.cases) == 2, (sorted(outcome.cases), outcome.reasons)
    for case, key in zip(outcome.cases.values(), ("001", "002"), strict=True):
        assert f"Melt number {key}." in [text.text for text in case.texts], case.texts
        assert len({text.text for text in case.texts}) == 1
        assert len(case.images) == 1, sorted(case.images)
        assert case.provenance.licence == ("CC BY 4.0" if licensed else "unknown"), case.provenance.licence
    assert not outcome.rejected, outcome.reasons


def _dotted(outcome: Outcome) -> None:
    case = outcome.only
    assert [text.text for text in case.texts] == ["Melt."], case.texts
    assert len(case.images) == 1


def _compressed(lab: Path, files: list[tuple[str, bytes]]) -> None:
    import gzip

    _shard(lab, files)
    (lab / "s.tar").write_bytes(gzip.compress((lab / "s.tar").read_bytes()))


def _two_pictures(outcome: Outcome) -> None:
    assert len(outcome.only.images) == 2, sorted(outcome.only.images)
    assert [text.text for text in outcome.only.texts] == ["Melt."]


def _third_said(outcome: Outcome) -> None:
    with_images = [case for case in outcome.cases.values() if case.images]
    assert len(with_images) == 2
    assert len(outcome.cases) + len(outcome.rejected) == 3, outcome.reasons
