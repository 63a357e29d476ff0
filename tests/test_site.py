"""The site of the documentation: links lead where pages stand, and what is broken or loaded from elsewhere is found."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from lexiscope.cli.reference import command_line_page
from lexiscope.cli.verbs import verbs

_ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_site", _ROOT / "docs" / "build_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_faults_of_a_built_site(site: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.html").write_text(
        '<link rel="stylesheet" href="/style.css"><h1 id="top"></h1><a href="../two.html#end">to</a>'
        '<a href="two.html">gone</a><a href="#bottom">gone</a><a href="https://example.org/far">may be far</a>'
        '<img src="../picture.png"><script src="//cdn.example.org/x.js"></script>'
    )
    (tmp_path / "two.html").write_text('<p id="end"></p><a href="a/one.html#top">back</a><a href="/a">no page</a>')
    (tmp_path / "style.css").write_text("@import url('https://fonts.example.org/f.css'); a { background: url(x.svg) }")
    assert site.faults_of(tmp_path) == [
        f"a/one.html links to {fault}, which is not there" for fault in ("#bottom", "../picture.png", "two.html")
    ] + [
        "a/one.html loads //cdn.example.org/x.js",
        "style.css loads https://fonts.example.org/f.css",
        f"two.html links to {tmp_path}/a, which is not there",
    ]


def test_links_lead_to_where_pages_stand_on_the_site(
    site: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "_WRITTEN", {"names": lambda: "# Names"})  # pages of the code take seconds to write
    site._write_pages(tmp_path)
    readme, how_to = ((tmp_path / name).read_text() for name in ("index.md", "how-to/interpretation.md"))
    assert "](start.md)" in readme
    assert "](concepts/architecture.md)" in readme
    assert "docs/" not in "".join(site._LINK.findall(readme))
    assert "](../concepts/architecture.md)" in how_to
    assert "](../../examples/av_digits.py)" not in how_to  # no page: named, and not linked
    settings = site._settings(tmp_path)
    assert all(f'{page.relative_to(tmp_path).as_posix()}"' in settings for page in tmp_path.rglob("*.md"))


def test_every_verb_stands_in_the_reference() -> None:
    page = command_line_page()
    assert all(f"\n## lexiscope {verb}" in page for verb in verbs())
    assert "| `--image <str>` | Image tower:" in page
