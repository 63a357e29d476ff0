"""`Places`: where things lie on this machine, and what they are called to those who ask from another one."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_END = r"(?=$|[^\w.-]|\.(?:\s|$))"  # /srv/model, and not the beginning of /srv/model-2


class Places:
    """Replaces folders of this machine in what is said by their names.

    Args:
        named: Folder -> its name for those who ask.
        own: Folder of the server's own; only the names of the files in it are said.

    Example:
        >>> places = Places({Path("/srv/models/brain"): "brain"}, own=Path("/srv/own"))
        >>> places.hide("run: lexiscope index /srv/models/brain CORPUS; /srv/own/uploads/Xy3/file0.png is damaged")
        'run: lexiscope index brain CORPUS; file0.png is damaged'
    """

    def __init__(self, named: Mapping[Path, str], *, own: Path) -> None:
        known = {str(form): name for path, name in named.items() for form in (path, path.absolute(), path.resolve())}
        self._names = {path: name for path, name in known.items() if path.startswith("/")}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._folders = re.compile("|".join(f"{re.escape(path)}{_END}" for path in longest_first) or r"(?!)")
        others = (own, own.resolve(), Path.home(), Path(sys.prefix), Path(sys.base_prefix))
        inside = "|".join(re.escape(str(path)) for path in others if len(path.parts) > 1)
        self._inside = re.compile(rf"(?:{inside})/(?:[^\s'\",;:()]*/)?")

    def hide(self, text: str) -> str:
        """A text without the places."""
        if "/" not in text:
            return text
        return self._inside.sub("", self._folders.sub(lambda match: self._names[match[0]], text))

    def hidden(self, value: Any) -> Any:
        """A value of JSON types with `hide` applied to each of its texts."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {key: self.hidden(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hidden(item) for item in value]
        return value
