"""A distribution as `pip` leaves it: code of another package that joins name tables through entry points."""

from collections.abc import Mapping
from pathlib import Path


def write_distribution(folder: Path, name: str, entries: Mapping[str, Mapping[str, str]], *, code: str = "") -> Path:
    """Write an installed distribution: put `folder` on `sys.path` (or in PYTHONPATH) and its entries are found.

    Args:
        folder: A folder such as site-packages; it may hold other distributions.
        name: Name of the distribution; its only module is called the same, with `_` for each dash.
        entries: Entry-point group -> name of the entry -> "module:attribute".
        code: Text of the module.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_distribution(folder, "some-lab", {"lexiscope.source": {"tapes": "some_lab:Tapes"}}).name
        'some_lab.py'
        >>> print((folder / "some_lab-1.0.dist-info/entry_points.txt").read_text(), end="")
        [lexiscope.source]
        tapes = some_lab:Tapes
    """
    module = name.replace("-", "_")
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in joined.items())
        for group, joined in entries.items()
    ]
    (about / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    path = folder / f"{module}.py"
    path.write_text(code, encoding="utf-8")
    return path
