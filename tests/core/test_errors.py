"""The tree of errors: one root, exit codes, and a picture of itself that is complete."""

import re

import pytest

from lexiscope.core import errors
from lexiscope.core.errors import CaseError, LexiscopeError, MissingExtraError, SourceError, UsageError


def test_the_docstring_shows_every_error():
    shown = set(re.findall(r"[├└]── (\w+)", errors.__doc__))
    assert shown | {"LexiscopeError"} == set(errors.__all__)


@pytest.mark.parametrize("name", errors.__all__)
def test_all_are_of_one_family_and_documented(name):
    kind = getattr(errors, name)
    assert issubclass(kind, LexiscopeError)
    assert kind.__doc__
    assert kind.exit_code == (2 if kind is UsageError else 1)


def test_some_are_builtin_errors_too():
    assert issubclass(CaseError, ValueError)
    assert issubclass(MissingExtraError, ImportError)


def test_a_source_error_carries_its_remedy():
    assert SourceError("broken").remedy == "check the file or leave it out"
    assert SourceError("broken", remedy="mend it").remedy == "mend it"
