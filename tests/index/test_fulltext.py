"""BM25 weights, by hand, and words of any language."""

import subprocess
import sys

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.index.fulltext import FullText, average_length


def test_term_weights_by_hand() -> None:
    """crack twice and grain once, length 3, average 6: the length factor is 1.2 · (0.25 + 0.75 · 3/6) = 0.75."""
    document = FullText(6.0).document("The crack, a grain and the Cracks")
    assert sorted(document.values) == pytest.approx([1 * 2.2 / 1.75, 2 * 2.2 / 2.75])


def test_query_words_weigh_one_and_meet_the_document() -> None:
    text = FullText(4.0)
    query, document = text.query("CRACKED grains"), text.document("grain crack")
    assert query.values == (1.0, 1.0)
    assert set(query.indices) == set(document.indices)


@pytest.mark.parametrize("text", ["", "   ", "the of and"])
def test_text_without_words_is_empty(text: str) -> None:
    assert FullText(1.0).document(text).indices == ()


@pytest.mark.parametrize("word", ["Straße", "組織", "α-фаза", "crème"])
def test_every_script_is_found_again(word: str) -> None:
    text = FullText(3.0)
    assert set(text.query(word).indices) <= set(text.document(f"seen: {word} 12").indices)
    assert text.query(word).indices


def test_word_numbers_are_the_same_in_every_process() -> None:
    code = "from lexiscope.index.fulltext import FullText; print(FullText(2.0).query('lesion').indices[0])"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == FullText(2.0).query("lesion").indices[0]


def test_average_length_counts_words_but_not_stop_words_or_empty_texts() -> None:
    assert average_length(["the crack crack grain", "", "one grain boundary etched twice more"]) == pytest.approx(
        (3 + 5) / 2
    )
    assert average_length([]) == 1.0


def test_average_length_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="above 0"):
        FullText(0.0)
