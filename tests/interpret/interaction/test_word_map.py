from dataclasses import dataclass

import numpy as np
import pytest

from lexiscope.interpret.interaction.word_map import word_map
from lexiscope.interpret.subject import MasksParts
from lexiscope.testing.interpretables import PlantedSubject


@dataclass(frozen=True)
class LooksWhereTold:
    """Scores 1 with "left" and patch 2 both seen, plus 0.3 for "tumour" alone and 0.2 for patch 0 alone."""

    patch_grid: tuple[int, ...] = (2, 2)
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


def test_only_the_first_words_are_looked_at():
    assert word_map(LooksWhereTold(), PlantedSubject().cases(1), most_words=2).words == ("left", "tumour")


def test_one_case_with_words_is_expected():
    cases = PlantedSubject().cases(3)
    with pytest.raises(ValueError, match="a single case, got 3"):
        word_map(LooksWhereTold(), cases)
    with pytest.raises(ValueError, match="got none in case-1"):
        word_map(LooksWhereTold(text=""), cases.take([1]))
