"""Sources of the page, read as files: where packages come from, and what is packed into the wheel."""

import json
import re
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]


def test_the_lock_file_records_no_addresses():
    lock = (_ROOT / "web/package-lock.json").read_text()
    assert "resolved" not in lock, "run: npm run lock"
    assert "http" not in lock, "run: npm run lock"


def test_every_locked_package_is_fixed_by_its_hash():
    packages = json.loads((_ROOT / "web/package-lock.json").read_text())["packages"]
    unhashed = [name for name, entry in packages.items() if name and "integrity" not in entry]
    assert unhashed == []


def test_the_built_page_is_packed_though_git_ignores_it():
    wheel = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["artifacts"] == ["src/lexiscope/serve/page/**"]
    assert "/src/lexiscope/serve/page/" in (_ROOT / ".gitignore").read_text().splitlines()


def test_sources_name_no_other_host():
    sources = [path for path in (_ROOT / "web").rglob("*") if path.suffix in {".ts", ".tsx", ".css", ".html", ".js"}]
    own = [path for path in sources if "node_modules" not in path.parts]
    foreign = [path.name for path in own if "http" in path.read_text().replace("http://127.0.0.1", "")]
    assert own
    assert foreign == []


def test_what_the_built_page_loads_was_built_with_it():
    page = _ROOT / "src/lexiscope/serve/page"
    if not (page / "index.html").is_file():
        pytest.skip("the page is not built; run: make page")
    named = re.findall(r'(?:src|href)="/([^"]+)"', (page / "index.html").read_text())
    assert any(name.endswith(".js") for name in named)
    assert [name for name in named if not (page / name).is_file()] == []
