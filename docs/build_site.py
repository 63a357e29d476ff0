"""The documentation as a site: `make docs`, or `python docs/build_site.py OUT`, needs the extra `docs`.

Five shelves, each of the pages that its folder holds, the README in front; reference pages of the command line, of the
names of Python and of every name table are written from the code. Links are checked, those into other pages too, and so
is that a page loads nothing from another host: a lab reads it without a network. OUT/index.html opens in any browser.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lexiscope.cli.reference import command_line_page
from lexiscope.testing.names_page import names_page
from lexiscope.testing.python_page import python_page

_ROOT = Path(__file__).resolve().parent.parent
_SHELVES = {
    "Start": ".",
    "Tutorials": "tutorials",
    "How-to": "how-to",
    "Concepts": "concepts",
    "Reference": "reference",
}
# Pages that lie outside the folder of pages, and where they stand on the site.
_BESIDE = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "concepts/architecture.md",
    "CONTRIBUTING.md": "reference/contributing.md",
    "CHANGELOG.md": "reference/changelog.md",
    "bench/README.md": "reference/benchmarks.md",
}
_WRITTEN = {"command-line": command_line_page, "python": python_page, "names": names_page}
_LINK = re.compile(r"(?<=\]\()([^)\s:#]+)(?=[)#])")
_LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}
_CSS_LOADS = re.compile(r"""(?:@import|url\()\s*["']?((?:https?:)?//[^"')\s]+)""")


def build_site(out: Path) -> int:
    """Write the site and return the number of its pages.

    Raises:
        SystemExit: a link that leads nowhere, or a page that would load something from another host.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _write_pages(work / "docs")
        (work / "zensical.toml").write_text(_settings(work / "docs"), encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the site could not be built:\n{done.stdout}{done.stderr}")
        faults = faults_of(work / "site")
        if faults:
            raise SystemExit("\n".join(faults))
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(work / "site", out)
    return len(list(out.rglob("*.html")))


def _write_pages(docs: Path) -> None:
    """Copy every page and picture to its place on the site, with links that lead there, and write those of the code."""
    sources = [path for path in (_ROOT / "docs").rglob("*") if path.is_file() and path.suffix != ".py"]
    places = {path: path.relative_to(_ROOT / "docs") for path in sources if "__pycache__" not in path.parts}
    places |= {_ROOT / path: Path(place) for path, place in _BESIDE.items()}
    for path, place in places.items():
        (docs / place).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            (docs / place).write_text(_relinked(path, places), encoding="utf-8")
        else:
            shutil.copyfile(path, docs / place)
    for name, write in _WRITTEN.items():
        (docs / "reference" / f"{name}.md").write_text(write(), encoding="utf-8")


def _relinked(page: Path, places: dict[Path, Path]) -> str:
    """Text of a page whose links to other pages lead to their places on the site; other files are named, not linked."""
    text = page.read_text(encoding="utf-8")
    for target in set(_LINK.findall(text)):
        linked = (page.parent / target).resolve()
        if linked in places:
            there = Path(os.path.relpath(places[linked], places[page].parent)).as_posix()
            text = re.sub(rf"(?<=\]\(){re.escape(target)}(?=[)#])", there, text)
        elif linked.exists():
            text = re.sub(rf"\[([^\]]*)\]\({re.escape(target)}\)", r"\1", text)
    return text


def _settings(docs: Path) -> str:
    """Settings of the site: what it is called, and for each shelf the pages of its folder by their titles."""
    shelves = []
    for title, folder in _SHELVES.items():
        pages = sorted((docs / folder).glob("*.md"), key=lambda path: (path.name != "index.md", _title(path).lower()))
        entries = [f"{{ {_quoted(_title(path))} = {_quoted(path.relative_to(docs).as_posix())} }}" for path in pages]
        if entries:
            shelves.append(f"  {{ {_quoted(title)} = [{', '.join(entries)}] }},")
    return "\n".join(
        [
            "[project]",
            'site_name = "lexiscope"',
            "use_directory_urls = false",
            "nav = [",
            *shelves,
            "]",
            "[project.theme]",
            "font = false",
            'features = ["navigation.tabs", "navigation.sections", "navigation.top", "content.code.copy"]',
            "",
        ]
    )


def _title(page: Path) -> str:
    first = page.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Page(HTMLParser):
    """Anchors of a page, addresses that it links to, and addresses that it loads when it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[name] or "" for name in ("id", "name") if name in given}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        if tag in _LOADED and given.get("rel") != "canonical" and given.get(_LOADED[tag]):
            self.loads.append(given[_LOADED[tag]] or "")


def faults_of(site: Path) -> list[str]:
    """Links of a built site that lead nowhere, and whatever would be loaded from another host; empty for a good one."""
    pages = {path: _read(path) for path in site.rglob("*.html")}
    faults = [f"{css.relative_to(site)} loads {url}" for css in site.rglob("*.css") for url in _css_loads(css)]
    for path, page in pages.items():
        name = path.relative_to(site)
        faults += [f"{name} loads {address}" for address in page.loads if urlsplit(address).netloc]
        leading = [*page.links, *page.loads]
        # Addresses from the root are those of the page that a web server shows for what is not there.
        own = [str(site) + link if re.match("/(?!/)", link) else link for link in leading]
        faults += [f"{name} links to {link}, which is not there" for link in own if not _leads(link, path, pages)]
    return sorted(set(faults))


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _css_loads(path: Path) -> list[str]:
    return _CSS_LOADS.findall(path.read_text(encoding="utf-8"))


def _leads(link: str, page: Path, pages: dict[Path, _Page]) -> bool:
    """True for a link to a file of the site, and to an anchor of it where it names one, or to another host."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    return not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/site")
    print(f"{build_site(folder)} pages: {folder / 'index.html'}")
