import numpy as np
import pytest

from lexiscope.sources.papers.figures import split_panels


def sheet(height, width, boxes, background=255):
    pixels = np.full((height, width, 3), background, np.uint8)
    for number, (left, top, right, bottom) in enumerate(boxes):
        pixels[top:bottom, left:right] = np.random.default_rng(number).integers(
            30, 180, (bottom - top, right - left, 3)
        )
    return pixels


GRID = [(5, 5, 105, 85), (115, 5, 215, 85), (5, 95, 105, 175), (115, 95, 215, 175)]


@pytest.mark.parametrize("background", [255, 0])
def test_a_grid_is_cut_row_after_row(background):
    assert split_panels(sheet(180, 220, GRID, background), count=4).boxes == tuple(GRID)


def test_rows_of_different_numbers_and_a_tall_panel_keep_reading_order():
    boxes = [(5, 5, 80, 195), (90, 5, 150, 95), (160, 5, 220, 95), (90, 105, 150, 195), (160, 105, 220, 195)]
    assert split_panels(sheet(200, 225, boxes), count=5).boxes == tuple(boxes)


def test_noise_of_a_jpeg_in_the_gutters_is_forgiven():
    pixels = sheet(180, 220, GRID).astype(int)
    noisy = (pixels + np.random.default_rng(9).integers(-12, 12, pixels.shape)).clip(0, 255).astype(np.uint8)
    found = split_panels(noisy, count=4).boxes
    assert np.abs(np.array(found) - np.array(GRID)).max() <= 1


def test_pictures_that_touch_are_cut_at_their_seam():
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[:, :90] = np.random.default_rng(0).integers(20, 50, (120, 90, 3))
    pixels[:, 90:] = np.random.default_rng(1).integers(150, 180, (120, 110, 3))
    assert split_panels(pixels, count=2).boxes == ((0, 0, 90, 120), (90, 0, 200, 120))


def test_letters_decide_between_two_gutters():
    """Two charts with legends below them: the wider gap runs over the legends, the letters stand left and right."""
    boxes = [(0, 0, 95, 80), (105, 0, 200, 80), (0, 110, 95, 160), (105, 110, 200, 160)]
    pixels = sheet(160, 200, boxes)
    plain = split_panels(pixels, count=2).boxes
    lettered = split_panels(pixels, count=2, letters=[(2, 5), (107, 5)]).boxes
    assert plain == ((0, 0, 200, 80), (0, 110, 200, 160))
    assert lettered == ((0, 0, 95, 160), (105, 0, 200, 160))


@pytest.mark.parametrize(
    ("count", "reason"), [(1, "names no panels"), (3, "names 3 panels, gutters divide 1"), (0, "names no panels")]
)
def test_a_figure_that_cannot_be_cut_stays_whole_with_the_reason(count, reason):
    found = split_panels(sheet(100, 100, [(5, 5, 95, 95)]), count=count)
    assert found.boxes == ()
    assert reason in found.reason


def test_blank_and_tiny_figures_are_no_accident():
    for pixels in (np.full((50, 50, 3), 255, np.uint8), np.zeros((1, 1), np.uint8)):
        assert split_panels(pixels, count=2).boxes == ()
