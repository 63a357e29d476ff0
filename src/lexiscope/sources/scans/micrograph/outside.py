"""HDF5 files can hold data that lie in other files, and a source reads nothing outside its own folder."""

from pathlib import Path
from typing import Any

from lexiscope.core.errors import SourceError
from lexiscope.core.extras import need


def refuse_outside(path: Path) -> None:
    """Refuse an HDF5 file with links to other files, or with a dataset whose values lie in another file.

    Raises:
        SourceError: it has one.
        MissingExtraError: h5py is not installed.
    """
    h5py = need("h5py", extra="micrograph")

    def look(name: str, link: Any) -> str | None:
        if isinstance(link, h5py.ExternalLink):
            return f"{name} is a link to another file"
        item = file[name] if isinstance(link, h5py.HardLink) else None
        lies_outside = isinstance(item, h5py.Dataset) and (item.external or item.is_virtual)
        return f"the values of {name} lie in another file" if lies_outside else None

    with h5py.File(path, "r") as file:
        outside = file.visititems_links(look)
    if outside:
        msg = f"{path.name}: {outside}, and a source reads nothing outside its own folder"
        raise SourceError(msg, remedy="copy the data into the file")
