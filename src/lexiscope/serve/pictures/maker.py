"""Main loop of a process that makes pictures before anybody asks: files come as lines, for each a line goes back.

Run as `python -m lexiscope.serve.pictures.maker FOLDER`, with the folder that pictures are kept in. Whatever else needs
the processor goes before it, and it ends when its input does, so that it never outlives its server.
"""

import os
import signal
import sys
from functools import cache
from pathlib import Path

from lexiscope.core.errors import LexiscopeError
from lexiscope.serve.pictures.about import about_file
from lexiscope.serve.pictures.decoded import decode
from lexiscope.serve.pictures.disk import Disk
from lexiscope.serve.pictures.shown_file import ShownFile
from lexiscope.serve.pictures.thumbnail import SIDE, thumbnail_file

_LEAST_PRIORITY = 19


def main() -> None:
    """Make pictures until the input ends."""
    os.nice(_LEAST_PRIORITY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process in order
    disk = Disk(Path(sys.argv[1]))
    for line in sys.stdin:
        sys.stdout.write(f"{_made(disk, ShownFile.of_json(line))}\n")
        sys.stdout.flush()


def _made(disk: Disk, shown: ShownFile) -> str:
    """Make the thumbnail of an image; of a volume, which takes long to decode, its facts as well."""
    is_plane = shown.known is not None and not shown.known.is_volume
    image = cache(lambda: decode(shown.path, known=shown.known, at_least=SIDE if is_plane else None))
    try:
        thumbnail_file(disk, shown, image)
        if not is_plane:
            about_file(disk, shown, image)
    except (LexiscopeError, OSError) as error:  # whoever looks at the image is told more
        return f"not made: {type(error).__name__}"
    return "made"


if __name__ == "__main__":
    main()
