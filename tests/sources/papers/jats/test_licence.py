import pytest

from lexiscope.sources.papers.jats.licence import short_licence


@pytest.mark.parametrize(
    ("links", "words", "licence"),
    [
        (["https://creativecommons.org/licenses/by/4.0/"], "", "CC BY 4.0"),
        (["http://creativecommons.org/licenses/CC-BY/4.0"], "", "CC BY 4.0"),
        (["http://creativecommons.org/licenses/by-nc-nd/3.0/"], "", "CC BY-NC-ND 3.0"),
        (["http://example.org", "http://creativecommons.org/publicdomain/zero/1.0/"], "", "CC0 1.0"),
        ([], "see http://creativecommons.org/licenses/by/2.0 for terms", "CC BY 2.0"),
        ([], "the CC BY-SA 4.0 license", "CC BY-SA 4.0"),
        ([], "a Creative Commons Attribution-NonCommercial 4.0 International License", "CC BY-NC 4.0"),
        ([], "under the Creative Commons Attribution License, which permits", "CC BY"),
        ([], "All rights reserved.", "unknown"),
    ],
)
def test_short_forms(links, words, licence):
    assert short_licence(links, words) == licence
