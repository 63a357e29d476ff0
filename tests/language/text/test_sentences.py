"""Where sentences end, and where they do not."""

import pytest

from lexiscope.language.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("See Fig. 3 of Yang et al. Then it ends.", ["See Fig. 3 of Yang et al. Then it ends."]),
        ("Oil of A. campestris in 2.5 ml. Next", ["Oil of A. campestris in 2.5 ml.", "Next"]),
        ("no lesion; no atrophy", ["no lesion;", "no atrophy"]),
        ("Cooled at 5 K/min. Held for 20 min. Next", ["Cooled at 5 K/min.", "Held for 20 min.", "Next"]),
        ("of min. 5 mm", ["of min. 5 mm"]),
        ("  ", []),
    ],
)
def test_sentences(text, parts):
    assert [text[start:end] for start, end in split_sentences(text)] == parts
