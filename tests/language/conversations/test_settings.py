"""Settings of conversations: the same from Python, from YAML and from the command line's words."""

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.language.conversations.settings import ConversationSettings


def test_a_yaml_file_fills_the_same_settings(tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text(
        "generator: endpoint\nmodel: tiny\nurl: http://localhost:1\nprices: [0.15, 0.6]\nattributes: [side]\n"
    )
    settings = ConversationSettings.read(file, seed=3)
    assert settings == ConversationSettings(
        generator="endpoint",
        model="tiny",
        url="http://localhost:1",
        prices=(0.15, 0.6),
        attributes=("side",),
        seed=3,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"context": "some"}, "context: Input should be 'none', 'caption' or 'full'"),
        ({"level": "full"}, "level: Extra inputs"),
    ],
)
def test_wrong_settings_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        ConversationSettings.of(options)
