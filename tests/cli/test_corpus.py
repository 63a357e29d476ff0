"""The corpus verbs as typed: what they print, and how they end."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lexiscope.cli.choices import choices_of
from lexiscope.cli.corpus import app
from lexiscope.core.errors import UsageError
from lexiscope.core.settings import settings_of
from lexiscope.sources import SOURCES
from lexiscope.testing.drafts import picture, png

_NOTHING = ("updated", "unchanged", "rejected", "unread", "outdated", "unsplit")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = []
    for n in range(10):
        (tmp_path / f"{n}.png").write_bytes(png(picture(n)).origin.data)
        split = "heldout" if n == 9 else "train"
        rows.append(
            {"id": f"r{n}", "image": f"{n}.png", "caption": f"Grain {n}.", "paper": f"p{n}", "split": split, "n": n}
        )
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)


def build(corpus: Path, table: Path, *more: object) -> Result:
    columns = (
        "--image-column",
        "image",
        "--text-column",
        "caption",
        "--group-column",
        "paper",
        "--split-column",
        "split",
    )
    return run("build", corpus, table, "--as", "table", *columns, "--attribute", "n", "--json", *more)


def test_build_prints_one_document(table: Path, tmp_path: Path) -> None:
    expected = {"cases": 10, "added": 10} | dict.fromkeys(_NOTHING, 0)
    expected |= {"unnamed": {}, "images": {"image": 10}}
    first = build(tmp_path / "c", table)
    assert (first.exit_code, json.loads(first.stdout)) == (0, expected)
    again = build(tmp_path / "c", table)
    assert json.loads(again.stdout) == expected | {"added": 0, "unchanged": 10}


def test_rejected_input_exits_3_and_nothing_usable_exits_1(table: Path, tmp_path: Path) -> None:
    (tmp_path / "3.png").write_bytes(b"no image")
    result = build(tmp_path / "c", table)
    assert (result.exit_code, json.loads(result.stdout)["rejected"]) == (3, 1)
    for n in range(10):
        (tmp_path / f"{n}.png").unlink()
    assert build(tmp_path / "d", table).exit_code == 1


def test_wrong_use(table: Path, tmp_path: Path) -> None:
    for words, message in [
        (("build", tmp_path / "c", tmp_path / "gone"), "found nothing there"),
        (("build", tmp_path / "c", tmp_path, "--as", "images", "--image-column", "x"), "--image-column does not apply"),
        (("build", tmp_path / "c", table, "--as", "tabel"), "Did you mean 'table'"),
        (("build", tmp_path / "c", table, "--image-column", "nope"), "nope"),
        (("split", tmp_path / "c", "--fraction", "train"), "train=0.8"),
    ]:
        if words[0] == "split":
            build(tmp_path / "c", table)
        result = run(*words)
        assert isinstance(result.exception, UsageError)
        assert message in str(result.exception)


def test_build_shows_the_options_of_every_source_under_its_name() -> None:
    text = run("build", "--help").output
    assert "Options of questions and table:" in text
    assert text.index("Options of dicom:") < text.index("--key <path>") < text.index("Options of jats, pdf and pmc:")
    for settings in map(settings_of, SOURCES.load_all().values()):
        assert all(flag.partition("/")[0] in text for choice in choices_of(settings) for flag in choice.flags)


def test_options_of_a_source_are_read_from_a_file_too(table: Path, tmp_path: Path) -> None:
    (tmp_path / "table.yaml").write_text("image_columns: [image]\ntext_columns: [caption]\nattribute_columns: [n]\n")
    words = ("--as", "table", "--config", tmp_path / "table.yaml", "--text-column", "paper", "--json")
    assert json.loads(run("build", tmp_path / "c", table, *words).stdout)["added"] == 10
    listed = json.loads(run("list", tmp_path / "c", "--json").stdout.splitlines()[0])
    assert (listed["texts"][0]["text"], listed["attributes"]) == ("p0", {"n": 0})


def test_info_and_list(table: Path, tmp_path: Path) -> None:
    build(tmp_path / "c", table)
    info = json.loads(run("info", tmp_path / "c", "--json").stdout)
    assert (info["cases"], info["groups"], info["images"], info["without_image"]) == (10, 10, {"image": 10}, 0)
    assert info["splits"]["heldout"] == {"cases": 1, "groups": 1}
    assert info["texts"] == {"caption": 10}
    listed = [json.loads(line) for line in run("list", tmp_path / "c", "--json").stdout.splitlines()]
    assert len(listed) == 10
    assert listed[0]["texts"][0]["text"] == "Grain 0."
    assert listed[0]["attributes"] == {"n": 0}
    assert listed[0]["provenance"]["source"] == "table"
    assert Path(listed[0]["images"]["image"]["path"]).is_file()
    assert len(run("list", tmp_path / "c", "--json", "--split", "heldout").stdout.splitlines()) == 1
    assert "cases" in run("info", tmp_path / "c").stdout
    assert "Grain 0." in run("list", tmp_path / "c").stdout
    texts = run("list", tmp_path / "c", "--texts").stdout.splitlines()
    assert len(texts) == 10
    assert texts[0] == f"{listed[0]['id']} | {listed[0]['texts'][0]['column']} | human | Grain 0."


def test_audit_split_export_import(table: Path, tmp_path: Path) -> None:
    build(tmp_path / "c", table)
    clean = run("audit", tmp_path / "c", "--json")
    assert (clean.exit_code, json.loads(clean.stdout)["ok"]) == (0, True)
    assert run("export", tmp_path / "c", tmp_path / "out.parquet", "--as", "parquet", "--json").exit_code == 0
    back = run("import", tmp_path / "d", tmp_path / "out.parquet", "--as", "parquet", "--json")
    assert json.loads(back.stdout)["added"] == 10
    run("build", tmp_path / "e", table, "--image-column", "image", "--text-column", "caption")
    split = json.loads(run("split", tmp_path / "e", "--fraction", "a=0.5", "--fraction", "b=0.5", "--json").stdout)
    assert split["cases"] == {"a": 5, "b": 5}


def test_audit_that_refuses_exits_1(table: Path, tmp_path: Path) -> None:
    (tmp_path / "9.png").write_bytes((tmp_path / "0.png").read_bytes())
    build(tmp_path / "c", table)
    result = run("audit", tmp_path / "c", "--json")
    assert (result.exit_code, json.loads(result.stdout)["refused"]) == (1, {"image": 1})
    assert run("audit", tmp_path / "c").exit_code == 1


@pytest.mark.shared
def test_figures_build_as_written(shared: Path, tmp_path: Path) -> None:
    columns = ("--image-column", "image", "--text-column", "caption", "--text-column", "alt_text")
    more = ("--group-column", "module", "--split-column", "split", "--json")
    result = run("build", tmp_path / "c", shared / "openstax_figures" / "pairs.jsonl", "--as", "table", *columns, *more)
    assert result.exit_code == 0
    assert json.loads(run("info", tmp_path / "c", "--json").stdout)["splits"]["test"]["cases"] == 176


@pytest.mark.shared
def test_scans_with_a_table(shared: Path, tmp_path: Path) -> None:
    table = shared / "lgg_mri" / "cases.csv"
    assert run("build", tmp_path / "c", shared / "lgg_mri" / "cases", "--table", table, "--json").exit_code == 0
    info = json.loads(run("info", tmp_path / "c", "--json").stdout)
    assert info["missing"] == {"post": 8, "pre": 6}
    assert info["patterns"]["flair"] == 6


def test_corrections_are_listed_for_people_and_for_programs(table: Path, tmp_path: Path) -> None:
    from lexiscope.corpus.corrections.attribute import CorrectedAttribute
    from lexiscope.corpus.corrections.caption import CorrectedCaption
    from lexiscope.corpus.corrections.save import save_correction

    build(tmp_path / "c", table)
    save_correction(tmp_path / "c", "r1", CorrectedAttribute("n", 7), note="counted again")
    save_correction(tmp_path / "c", "r2", CorrectedCaption("No grain.", instead_of="Grain 2."))
    shown = run("corrections", tmp_path / "c")
    assert shown.exit_code == 0
    assert all(words in shown.stdout for words in ("r1", "n 7", "Grain 2.", "No grain."))
    (line,) = run("corrections", tmp_path / "c", "--case", "r1", "--json").stdout.splitlines()
    read = json.loads(line)
    assert (read["kind"], read["before"], read["value"], read["note"]) == (
        "attribute",
        1,
        {"name": "n", "value": 7},
        "counted again",
    )
    missing = run("corrections", tmp_path / "c", "--case", "r99")
    assert missing.exit_code != 0
    assert "has no case 'r99'" in str(missing.exception)
