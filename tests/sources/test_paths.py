import os
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.paths import inside


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "source"
    (root / "below").mkdir(parents=True)
    (root / "below" / "a.png").write_bytes(b"x")
    (tmp_path / "secret.png").write_bytes(b"secret")
    return root


def test_a_file_below_is_found(root):
    assert inside(root, "below/a.png") == root / "below" / "a.png"
    assert inside(root, "below/../below/a.png") == root / "below" / "a.png"
    assert inside(root, str(root / "below" / "a.png")) == root / "below" / "a.png"


@pytest.mark.parametrize("name", ["../secret.png", "below/../../secret.png", "/etc/passwd"])
def test_what_leads_outside_is_refused(root, name):
    with pytest.raises(SourceError, match="outside"):
        inside(root, name)


def test_links_that_leave_are_refused_and_links_that_stay_are_followed(root):
    (root / "leaves.png").symlink_to(root.parent / "secret.png")
    (root / "stays.png").symlink_to(root / "below" / "a.png")
    (root / "folder").symlink_to(root.parent)
    with pytest.raises(SourceError, match="outside"):
        inside(root, "leaves.png")
    with pytest.raises(SourceError, match="outside"):
        inside(root, "folder/secret.png")
    assert inside(root, "stays.png") == root / "below" / "a.png"


@pytest.mark.parametrize("name", ["", "  ", "a\0b.png", "x" * 5000, "below", "below/none.png"])
def test_what_is_no_file_is_refused(root, name):
    with pytest.raises(SourceError):
        inside(root, name)


def test_a_pipe_is_refused_without_waiting_for_it(root):
    os.mkfifo(root / "pipe.png")
    with pytest.raises(SourceError, match="pipe"):
        inside(root, "pipe.png")


def test_a_loop_of_links_is_refused(root):
    (root / "one").symlink_to(root / "two")
    (root / "two").symlink_to(root / "one")
    with pytest.raises(SourceError):
        inside(root, "one")


@settings(max_examples=200, deadline=None)
@given(name=st.text(alphabet=string.ascii_letters + "./\\~\0 \n", max_size=40))
def test_no_name_leads_outside(tmp_path_factory, name):
    root = tmp_path_factory.getbasetemp()
    try:
        found = inside(root, name)
    except SourceError:
        return
    assert found.is_relative_to(root.resolve())


@pytest.mark.parametrize(
    ("named", "written"), [("gru\u0308n.png", "gr\u00fcn.png"), ("gr\u00fcn.png", "gru\u0308n.png")]
)
def test_accents_are_found_whichever_way_they_are_written(tmp_path, named, written):
    (tmp_path / written).touch()
    assert inside(tmp_path, named).name == written
