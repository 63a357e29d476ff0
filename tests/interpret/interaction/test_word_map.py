from dataclasses import dataclass

import numpy as np
import pytest
import torch

from lexiscope.interpret.interaction.word_map import WordMap, word_map
from lexiscope.interpret.interaction.word_pictures import word_pictures
from lexiscope.interpret.subject import MasksParts
from lexiscope.testing.interpretables import PlantedSubject


@dataclass(frozen=True)
class LooksWhereTold:
    """Scores 1 with "left" and patch 2 both seen, plus 0.3 for "tumour" alone and 0.2 for patch 0 alone."""

    patch_grid: tuple[int, ...] = (2, 2)
    parts_score: str = "fit"
    text: str = "left tumour here"

    def words(self, case):
        return tuple(self.text.split())

    def without_parts(self, case, hidden):
        return np.array(
            [
                (0 not in parts.words and 2 not in parts.patches)
                + 0.3 * (1 not in parts.words)
                + 0.2 * (0 not in parts.patches)
                for parts in hidden
            ]
        )


def test_a_word_and_the_patch_it_needs_interact_and_nothing_else_does():
    subject = LooksWhereTold()
    assert isinstance(subject, MasksParts)
    found = word_map(subject, PlantedSubject().cases(1))
    expected = np.zeros((3, 4))
    expected[0, 2] = 1
    assert np.allclose(found.values, expected)
    assert found.strongest() == ("left", (1, 0), pytest.approx(1.0))


@pytest.mark.parametrize("volume", [False, True])
def test_words_lie_over_the_picture_red_where_they_need_a_patch(volume):
    image = torch.zeros(1, 3, 4, 6)
    image[0, 1, 0, 0] = 1
    values = np.array([[0, 0, 0.5, 0], [0, 0, 0, 0], [0, -0.25, 0, 0]])
    found = WordMap(("left", "of", "it"), (2, 2), values, "fit", {"T1": image if volume else image[:, 1]})
    chart = word_pictures(found, case="case-1")
    assert [caption for caption, _ in chart.pictures] == [
        "T1, slice 2 of 3" if volume else "T1",
        '"left"',
        '"of"',
        '"it"',
    ]
    assert "full colour is 0.5 of the fit" in chart.title
    plain, left, of, it = (np.flip(picture, (0, 1)) if volume else picture for _, picture in chart.pictures)
    assert plain[0, 0] == 1
    assert plain.sum() == 1
    assert np.array_equal(of, np.repeat(plain[..., None], 3, axis=2))
    red, _, blue = np.moveaxis(left - of, -1, 0)
    assert (red > blue).nonzero()[0].tolist() == [2] * 3 + [3] * 3, "the lower left patch"
    red, _, blue = np.moveaxis(it - of, -1, 0)
    assert set((blue > red).nonzero()[1].tolist()) == {3, 4, 5}, "the upper right one, fainter"
    assert it.max() < 1 + 1e-9


def test_of_a_long_text_the_words_that_matter_are_looked_at():
    found = word_map(LooksWhereTold(text="left tumour here there"), PlantedSubject().cases(1), most_words=2)
    assert found.words == ["left", "tumour"]
    found = word_map(LooksWhereTold(text="left tumour here there"), PlantedSubject().cases(1), most_words=1)
    assert found.strongest() == ("left", (1, 0), pytest.approx(1.0))


def test_one_case_with_words_is_expected():
    cases = PlantedSubject().cases(3)
    with pytest.raises(ValueError, match="a single case, got 3"):
        word_map(LooksWhereTold(), cases)
    with pytest.raises(ValueError, match="got none in case-1"):
        word_map(LooksWhereTold(text=""), cases.take([1]))
