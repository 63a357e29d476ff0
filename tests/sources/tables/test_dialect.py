"""Encodings, delimiters and decimal commas, as spreadsheets of any country write them."""

import codecs

import pytest

from lexiscope.sources.tables.dialect import Dialect, find_dialect
from lexiscope.sources.tables.rows import Row, read_columns, read_rows

TEXT = "5–10 µm – “seeds” in the melt’s upper layer… 5 €"
WORDS = f"image;caption;scale\r\nm1.png;{TEXT};3,5\r\nm2.png;größer;12,25\r\n"


def rows(path):
    return [row.cells for row in read_rows(path) if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("encoding", "mark", "guessed"),
    [
        ("utf-8", b"", False),
        ("utf-8", codecs.BOM_UTF8, False),
        ("utf-16-le", codecs.BOM_UTF16_LE, False),
        ("utf-16-be", codecs.BOM_UTF16_BE, False),
        ("utf-32-le", codecs.BOM_UTF32_LE, False),
        ("utf-16-le", b"", True),
        ("utf-16-be", b"", True),
        ("cp1252", b"", True),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_every_encoding_gives_the_same_cells(tmp_path, encoding, mark, guessed, suffix):
    written = WORDS.replace(";", "\t") if suffix == ".tsv" else WORDS
    if suffix == ".jsonl":
        written = (
            f'{{"image": "m1.png", "caption": "{TEXT}", "scale": "3,5"}}\n{{"image": "m2.png", "caption": "größer"}}\n'
        )
    path = tmp_path / f"a{suffix}"
    path.write_bytes(mark + written.encode(encoding))
    first, second = rows(path)
    assert first == {"image": "m1.png", "caption": TEXT, "scale": "3,5"}
    assert second["caption"] == "größer"
    assert read_columns(path) == ["image", "caption", "scale"]
    assert bool(find_dialect(path).guessed) == guessed


def test_one_line_of_another_encoding_spoils_no_other(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n1,größer – “5 µm”\n".encode() + "2,größer – 5 €\n".encode("cp1252") + "3,ü\n".encode())
    assert [row["b"] for row in rows(path)] == ["größer – “5 µm”", "größer – 5 €", "ü"]


def test_a_table_from_an_old_macintosh(tmp_path):
    path = tmp_path / "a.csv"
    for text in ("größer, Käse – 37 °C, “x”", "l’épaisseur a été mesurée à 5 µm", "don’t, isn’t, it’s, we’re"):
        path.write_bytes(f"a\n{text.replace(',', '')}\n".encode("mac_roman"))
        assert [row["a"] for row in rows(path)] == [text.replace(",", "")]
        assert "Mac Roman (guessed" in find_dialect(path).guessed[0]
        path.write_bytes(f"a\n{text.replace(',', '')}\n".encode("cp1252"))
        assert [row["a"] for row in rows(path)] == [text.replace(",", "")]


def test_a_stray_zero_byte_is_no_utf_16(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,\0x\n2,\0\0y\n")
    assert [row["a"] for row in rows(path)] == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "start", "delimiter", "opening"),
    [
        ("a.csv", "image,caption", ",", 0),
        ("a.csv", "image;caption", ";", 0),
        ("a.csv", "image\tcaption", "\t", 0),
        ("a.csv", "image|caption", "|", 0),
        ("a.csv", "caption", ",", 0),
        ("a.csv", '"a;b;c",d', ",", 0),
        ("a.tsv", "image\tcaption, long", "\t", 0),
        ("a.tsv", "image;caption", ";", 0),
        ("a.csv", "sep=;\nimage;caption, long, longer", ";", 1),
        ("a.csv", '"sep=|"\r\nimage|caption', "|", 1),
        ("a.csv", "SEP=\t\nimage\tcaption", "\t", 1),
        ("a.csv", "sep=,,,\nimage,caption", ",", 1),
        ("a.csv", "separation,caption", ",", 0),
    ],
)
def test_delimiters(tmp_path, name, start, delimiter, opening):
    path = tmp_path / name
    path.write_text(start + "\n", encoding="utf-8-sig")
    dialect = find_dialect(path)
    assert (dialect.delimiter, dialect.opening) == (delimiter, opening)


@pytest.mark.parametrize(
    ("delimiter", "cell", "number"),
    [
        (";", "3,5", "3.5"), (";", "-0,25", "-0.25"), (";", "1.234,5", "1234.5"), (";", "1,5e-3", "1.5e-3"),
        (";", "3.5", "3.5"), (";", "1,2,3", "1,2,3"), (";", "a,5", "a,5"), (";", " 3,5 ", "3.5"), (";", 3, 3),
        ("|", "3,5", "3.5"),
        (";", "1 234,5", "1234.5"), (";", "1\u202f234\u202f567,5", "1234567.5"), (";", "5, 10", "5, 10"),
        ("\t", "3,5", "3.5"), ("\t", "1,234", "1,234"), ("\t", "0,1234", "0.1234"), (",", "3,5", "3,5"),
    ],
)  # fmt: skip
def test_decimal_commas(delimiter, cell, number):
    assert Dialect(delimiter=delimiter).with_point(cell) == number
