"""Pipes, sockets, devices and folders in the place of files are refused at once, and never waited for."""

import os
import socket
from pathlib import Path

import pytest

from lexiscope.core.errors import IrregularFileError, LexiscopeError
from lexiscope.core.files import sha256_file
from lexiscope.core.regular import open_regular, read_regular


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path.name)
    os.chdir(here)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "kind"),
    [(_pipe, "pipe"), (_socket, "socket"), (_link_to_a_device, "device"), (Path.mkdir, "folder")],
)
@pytest.mark.parametrize("read", [open_regular, read_regular, sha256_file])
def test_what_is_no_file_is_named(make: object, kind: str, read: object, tmp_path: Path) -> None:
    path = tmp_path / "scan.nii"
    make(path)  # type: ignore[operator]
    with pytest.raises(IrregularFileError, match=rf"expected a regular file at .*scan\.nii, got a {kind}; put a file"):
        read(path)  # type: ignore[operator]
    assert issubclass(IrregularFileError, LexiscopeError)
    assert issubclass(IrregularFileError, OSError)  # so that readers handle it as any file that cannot be read


def test_files_and_links_to_them_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"four")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read_regular(tmp_path / "b") == b"four"
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none")
