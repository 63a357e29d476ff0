import pytest

from lexiscope.core.errors import UsageError
from lexiscope.core.safe_yaml import load_yaml
from lexiscope.core.settings import Settings, read_yaml

_BOMB = "a0: &a0 [x, x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "expected"),
        ("a: 2026-13-45", "month must be in 1..12"),
        ("[" * 5000, "nested too deep"),
        (_BOMB, "more than 100,000 values"),
        ("&a [*a]", "more than 100,000 values"),
        ("!!python/object/apply:os.system [true]", "could not determine a constructor"),
    ],
)
def test_what_cannot_be_read_is_one_kind_of_error(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load_yaml(text)
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"expected settings in YAML at .*a\.yaml"):
        read_yaml(tmp_path / "a.yaml")


def test_a_value_may_be_referred_to():
    assert load_yaml("a: &x [1, 2]\nb: *x\n") == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize("name", ["1", "null", "2.5", "[a]", "true"])
def test_settings_have_words_for_names(tmp_path, name):
    (tmp_path / "a.yaml").write_text(f"? {name}\n: 2\n")
    with pytest.raises(UsageError, match=r"got the name|expected settings in YAML"):
        Settings.read(tmp_path / "a.yaml")


def test_a_long_value_is_not_written_out():
    with pytest.raises(UsageError) as refused:
        Settings.of({"heat": list(range(10_000))})
    assert len(str(refused.value)) < 300
