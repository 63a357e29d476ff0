"""A case in Chromium: slices that go together, windows, measures, masks, values, and pictures without WebGL."""

import re
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect

_NO_WEBGL = """const usual = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...others) {
  return kind === "webgl2" ? null : usual.call(this, kind, ...others);
};"""
_BLACK_WEBGL = "WebGL2RenderingContext.prototype.drawArrays = () => undefined;"


@pytest.fixture(scope="session")
def scan(made: Any) -> Any:
    """A visit with two images at least, one that is missing, and a lesion."""
    corpus, _ = made
    every = {name for case in corpus for name in case.images}
    return next(
        case
        for case in corpus
        if 1 < len(case.images) < len(every) and (lesion := case.masks.get("lesion")) and lesion.marked
    )


@pytest.fixture
def opened(look: Any, address: str, scan: Any) -> Any:
    """The case, with its images drawn."""
    page = look(f"{address}/case/{scan.id}")
    _wait_for_pictures(page, len(scan.images))
    return page


def _wait_for_pictures(page: Any, count: int) -> None:
    expect(page.locator(".pane-film canvas.webgl")).to_have_count(count)
    expect(page.get_by_role("checkbox", name=re.compile("^lesion .* ml"))).to_be_checked()


def _films(page: Any) -> list[Any]:
    return list(page.locator(".pane-film[data-index]").all())


def _drag(page: Any, film: Any, start: tuple[float, float], end: tuple[float, float], *, button: str = "left") -> None:
    """Drag between two points of a film, as shares of its sides."""
    box = film.bounding_box()
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down(button=button)
    page.mouse.move(*points[1], steps=4)
    page.mouse.up(button=button)


def _indices(page: Any) -> list[int]:
    return [int(film.get_attribute("data-index")) for film in _films(page)]


def test_every_image_is_shown_and_what_is_missing_is_said(opened: Any, scan: Any) -> None:
    for name in scan.images:
        pane = opened.get_by_role("figure", name=name, exact=True)
        expect(pane.locator(".letter")).to_have_text(["R", "L", "A", "P"])
    missing = opened.get_by_role("figure", name=re.compile("missing"))
    expect(missing.first).to_contain_text("Missing: this case has no")
    expect(opened.get_by_role("region", name="Texts")).to_contain_text(scan.texts[0].text)
    expect(opened.get_by_role("region", name="Questions and answers")).to_contain_text(scan.turns[0].question)
    expect(opened.get_by_role("region", name="Attributes")).to_contain_text(str(scan.attributes["age"]))


def test_the_wheel_moves_all_images_together(opened: Any) -> None:
    before = _indices(opened)
    opened.locator(".pane-film[data-index]").first.hover()
    for _ in range(2):
        opened.mouse.wheel(0, 100)
    expect(_films(opened)[1]).to_have_attribute("data-index", str(before[1] + 2))
    assert _indices(opened) == [index + 2 for index in before]


def test_keys_choose_slices_and_directions(opened: Any) -> None:
    before = _indices(opened)[0]
    first = opened.locator(".pane-film[data-index]").first
    first.focus()
    opened.keyboard.press("ArrowUp")
    expect(first).to_have_attribute("data-index", str(before + 1))
    opened.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("data-index", str(before))
    opened.keyboard.press("3")
    expect(first).to_have_attribute("aria-label", re.compile("sagittal slice"))
    expect(first.locator("..").locator(".letter")).to_have_text(["A", "P", "S", "I"])
    opened.keyboard.press("?")
    expect(opened.get_by_role("dialog")).to_contain_text("Next slice")


def test_a_drag_changes_the_window_and_the_picture(opened: Any) -> None:
    first = opened.locator(".pane-film[data-index]").first
    corner = first.locator(".at-end")
    before, picture = corner.text_content(), _middle(first)
    _drag(opened, first, (0.5, 0.5), (0.9, 0.5), button="right")
    expect(corner).not_to_have_text(before or "")
    opened.wait_for_timeout(500)
    assert _middle(first).std() < picture.std()  # a wider window has less contrast
    opened.get_by_role("combobox", name=re.compile("Window of")).first.select_option("usual")
    expect(corner).to_have_text(before or "")
    opened.get_by_role("combobox", name=re.compile("Window of")).first.select_option(label="Darker half")
    expect(corner).not_to_have_text(before or "")
    usual, half = (float(re.search(r"W ([\d.]+)", said)[1]) for said in (before, corner.text_content()))
    assert half == pytest.approx(usual / 2, rel=0.02)
    opened.wait_for_timeout(500)
    assert _middle(first).mean() > picture.mean()


def test_a_distance_is_measured_in_millimetres(opened: Any, scan: Any) -> None:
    """Across the whole picture lies the longer side of the slice."""
    first = opened.locator(".pane-film[data-index]").first
    opened.keyboard.press("m")
    _drag(opened, first, (0.5, 0.0), (0.5, 0.999))
    image = min(scan.images.items())[1]
    height = image.shape[1] * image.spacing[1]
    said = opened.get_by_role("status", name="Measures").text_content()
    assert float(re.search(r"([\d.]+) mm", said)[1]) == pytest.approx(height, rel=0.03)


def test_masks_are_shown_and_hidden(opened: Any, scan: Any) -> None:
    opened.get_by_role("slider", name="Slice of").first.focus()
    first = opened.locator(".pane-film[data-index]").first
    _go_to_lesion(opened, scan)
    shown = _yellow(first)
    assert shown > 0
    opened.get_by_role("slider", name="Opacity").fill("0")
    opened.wait_for_timeout(300)
    assert _yellow(first) < shown  # its outline alone
    opened.get_by_role("slider", name="Opacity").fill("1")
    opened.wait_for_timeout(300)
    assert _yellow(first) >= shown
    opened.get_by_role("checkbox", name=re.compile("^lesion")).uncheck()
    opened.wait_for_timeout(300)
    assert _yellow(first) < shown / 4
    opened.keyboard.press("t")
    expect(opened.get_by_role("checkbox", name=re.compile("^lesion"))).to_be_checked()


def test_the_value_at_the_crosshair_is_that_of_the_file(opened: Any, made: Any, scan: Any) -> None:
    import nibabel as nib

    corpus, _ = made
    name, other = sorted(scan.images)[:2]
    crosshair = opened.get_by_role("figure", name=other, exact=True).locator("path.crosshair")
    before = crosshair.get_attribute("d")
    opened.get_by_role("figure", name=name, exact=True).locator(".pane-film").click(position={"x": 120, "y": 150})
    expect(crosshair).not_to_have_attribute("d", before)  # it goes to the same place in the other image
    said = opened.get_by_role("status", name=f"Value of {name}").text_content()
    *voxel, value = map(float, re.findall(r"-?[\d.]+(?:e[+-]?\d+)?", said))
    stored = nib.as_closest_canonical(nib.load(corpus.object_path(scan.images[name])))
    assert value == pytest.approx(float(stored.get_fdata()[tuple(map(int, voxel))]), rel=1e-3)


@pytest.mark.parametrize("fault", [_NO_WEBGL, _BLACK_WEBGL], ids=["none", "black"])
def test_without_webgl_the_server_draws_the_same_slice(look: Any, address: str, scan: Any, fault: str) -> None:
    page = look(f"{address}/case/{scan.id}", script=fault)
    pictures = page.locator("img.server-slice")
    expect(pictures).to_have_count(len(scan.images))
    first = page.locator(".pane-film[data-index]").first
    first.focus()
    page.keyboard.press("ArrowUp")
    index = first.get_attribute("data-index")
    expect(pictures.first).to_have_attribute("src", re.compile(f"axis=z&index={index}&"))


def test_pictures_outlast_a_change_of_size(opened: Any) -> None:
    first = opened.locator(".pane-film[data-index]").first
    opened.wait_for_timeout(2000)
    before = _middle(first)
    opened.set_viewport_size({"width": 900, "height": 1600})
    opened.wait_for_timeout(2000)
    after = _middle(first)
    assert after.std() > before.std() / 2
    assert after.shape != before.shape


def test_webgl_and_the_server_draw_alike(look: Any, address: str, scan: Any) -> None:
    """So that the right of the patient is where the letter says, whoever draws."""
    drawn = []
    for fault in ("", _NO_WEBGL):
        page = look(f"{address}/case/{scan.id}", script=fault)
        expect(page.locator("canvas.webgl, img.server-slice")).to_have_count(len(scan.images))
        page.keyboard.press("t")
        page.wait_for_timeout(3000)
        drawn.append(_middle(page.locator(".pane-film[data-index]").first))
    same = np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]
    turned = np.corrcoef(drawn[0].ravel(), drawn[1][:, ::-1].ravel())[0, 1]
    assert same > 0.97
    assert same > turned


def test_a_region_that_is_cited_is_framed(look: Any, address: str, scan: Any) -> None:
    page = look(f"{address}/case/{scan.id}?region=4,10,10,6,30,40")
    expect(page.locator("rect.box")).to_have_count(len(scan.images))
    page.locator(".pane-film[data-index]").first.focus()
    page.keyboard.press("ArrowDown")  # slices 4 and 5 are in it
    expect(page.locator("rect.box")).to_have_count(len(scan.images))
    page.keyboard.press("ArrowDown")
    expect(page.locator(".pane-film[data-index='3']").first).to_be_visible()
    expect(page.locator("rect.box")).to_have_count(0)
    page.keyboard.press("2")  # and in coronal slices within its rows
    expect(page.locator("rect.box")).to_have_count(len(scan.images))


def test_similar_cases_are_found_and_opened(opened: Any, scan: Any, made: Any) -> None:
    opened.get_by_role("button", name="Find similar cases").click()
    similar = opened.get_by_role("list", name="Similar cases").get_by_role("link").first
    expect(similar).to_be_visible()
    name = similar.text_content()
    assert name != scan.id
    found = made[0][name]
    item = opened.get_by_role("list", name="Similar cases").get_by_role("listitem").first
    expect(item).to_contain_text(f"group {found.group} · licence {found.provenance.licence}")
    similar.click()
    expect(opened.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize(
    ("width", "height", "views"),
    [(360, 740, ("case", "ask", "segment", "why", "correct")), (3840, 2160, ("case",))],
)
def test_nothing_is_cut_off_on_small_and_large_screens(
    look: Any, address: str, scan: Any, width: int, height: int, views: tuple[str, ...]
) -> None:
    page = look(address, width=width, height=height)
    for view in views:
        page.goto(f"{address}/{view}/{scan.id}")
        expect(page.locator(".pane-film[data-index]").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def _middle(film: Any) -> np.ndarray:
    """Brightness of the middle of a film, without letters and corners."""
    import io

    from PIL import Image

    grey = np.asarray(Image.open(io.BytesIO(film.screenshot())).convert("L"), dtype=float)
    rows, columns = (side // 6 for side in grey.shape)
    return grey[rows:-rows, columns:-columns]


def _yellow(film: Any) -> int:
    """Pixels in the colour of the first mask, without the letters at the borders."""
    import io

    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(film.screenshot())).convert("RGB"), int)
    rows, columns = (side // 10 for side in pixels.shape[:2])
    red, green, blue = np.moveaxis(pixels[rows:-rows, columns:-columns], -1, 0)
    return int(((red > green + 30) & (green > blue + 30)).sum())


def _go_to_lesion(page: Any, scan: Any) -> None:
    """Move to the slice that holds most of the lesion: the first one that shows it, from the feet."""
    first = page.locator(".pane-film[data-index]").first
    first.focus()
    for _ in range(20):
        page.keyboard.press("PageDown")
    for _ in range(int(scan.images[min(scan.images)].shape[0])):
        if _yellow(first) > 60:
            return
        page.keyboard.press("ArrowUp")
        page.wait_for_timeout(150)
