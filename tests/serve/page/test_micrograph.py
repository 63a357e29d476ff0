"""A large micrograph in Chromium: tiles, zoom, a scale bar in nanometres."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lexiscope.core import Case, Image, Provenance
from lexiscope.core.files import sha256_file
from lexiscope.corpus import Corpus

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


@pytest.fixture(scope="module")
def micrograph(serve_corpus: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a micrograph of 16 bits, 2000 x 1500 pixels of 2 nm: stripes of 100 pixels, dark and bright."""
    import tifffile

    folder = tmp_path_factory.mktemp("micrograph")
    path = folder / "sem.tif"
    stripes = np.where(np.arange(2000) // 100 % 2, 40_000, 20_000).astype(np.uint16)
    tifffile.imwrite(path, np.broadcast_to(stripes, (1500, 2000)))
    corpus = Corpus.create(folder / "corpus")
    content = sha256_file(path)
    corpus.keep_object(path, content=content, image_format="tiff")
    image = Image(content, "sem", "tiff", (1500, 2000), bits=16, spacing=(2.0, 2.0), unit="nm")
    corpus.upsert([Case("glass", "glass", Provenance("images"), images={"sem": image})])
    with serve_corpus(corpus) as address:
        yield address


def test_tiles_are_loaded_where_one_looks(look: Any, micrograph: str) -> None:
    levels: set[int] = set()
    page = look(f"{micrograph}/case/glass")
    page.on("response", lambda answer: _note_level(answer, levels))
    film = page.locator(".pane-film")
    expect(film.locator(".corners")).to_contain_text("2000 × 1500")
    box = film.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    for _ in range(8):
        page.mouse.wheel(0, -100)
    expect(page.get_by_role("status", name="Zoom")).to_have_text("596 %")
    page.wait_for_timeout(3000)
    assert max(levels) == 11  # the picture itself: 2 ** 11 is the first power of two that holds 2000 pixels
    expect(page.locator(".tiles canvas").first).to_be_visible()


def test_the_scale_bar_is_as_long_as_it_says(look: Any, micrograph: str) -> None:
    page = look(f"{micrograph}/case/glass")
    bar = page.locator(".scale-bar")
    expect(bar.locator("text")).to_have_text(re.compile("nm|µm"))
    length, unit = re.match(r"([\d.]+) (nm|µm)", bar.locator("text").text_content()).groups()
    nanometres = float(length) * (1000 if unit == "µm" else 1)
    points = float(re.search(r"h([\d.]+)", bar.locator("path").get_attribute("d"))[1])
    width = page.locator(".pane-film").bounding_box()["width"]
    assert points / width == pytest.approx(nanometres / 4000, rel=0.02)  # the picture is 4000 nm wide


def test_a_distance_is_measured_in_nanometres(look: Any, micrograph: str) -> None:
    page = look(f"{micrograph}/case/glass")
    film = page.locator(".pane-film")
    expect(film.locator(".corners")).to_be_attached()
    page.keyboard.press("m")
    box = film.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    said = page.get_by_role("status", name="Measures").text_content()
    assert float(re.search(r"([\d.]+) µm", said)[1]) == pytest.approx(1.0, rel=0.02)


def test_marks_lie_on_the_tiles(look: Any, micrograph: str) -> None:
    """Stripes end where the picture says they do: at an eighth of the zoomed-in width."""
    import io

    from PIL import Image as Picture

    page = look(f"{micrograph}/case/glass")
    film = page.locator(".pane-film")
    expect(film.locator(".corners")).to_be_attached()
    page.wait_for_timeout(3000)
    grey = np.asarray(Picture.open(io.BytesIO(film.screenshot())).convert("L"), dtype=float)
    row = grey[grey.shape[0] * 2 // 5]
    stripe = grey.shape[1] / 20  # 100 of 2000 pixels
    middles = [row[int((n + 0.5) * stripe)] for n in range(20)]
    dark, bright = middles[0::2], middles[1::2]
    assert max(dark) + 50 < min(bright)


def test_the_value_below_the_mouse_is_told_with_its_place(look: Any, micrograph: str) -> None:
    page = look(f"{micrograph}/case/glass")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/pixel?" in request.url else None)
    told = page.get_by_label("Value of sem")
    expect(told).to_have_text("(1000, 750): 2.00 µm, 1.50 µm: 20000")  # at the crosshair
    box = page.locator(".pane-film").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 20, middle)
    page.mouse.move(box["x"] + box["width"] * 0.475, middle, steps=30)
    expect(told).to_have_text(re.compile(r"^\(9[45]\d, 7[45]\d\): 1\.\d\d µm, 1\.\d\d µm: 40000$"))
    assert len(asked) < 20  # where the mouse rests, not along its way
    page.mouse.move(box["x"] + 20, box["y"] - 20)
    expect(told).to_contain_text("(1000, 750)")


def _note_level(answer: Any, levels: set[int]) -> None:
    found = re.search(r"/tiles/[0-9a-f]+/(\d+)/", answer.url)
    if found and answer.ok:
        levels.add(int(found[1]))
