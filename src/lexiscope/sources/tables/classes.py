"""`classes_of`: the structures that a cell of classes names for the label image of its row."""

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import ImageFile
from lexiscope.sources.label_image import read_label_image
from lexiscope.sources.naming import slug, unused
from lexiscope.sources.structures import Structure


def classes_of(labels: ImageFile, text: str) -> tuple[Structure, ...]:
    """Structures of the classes of a cell, whose first name is what is left over, such as "background".

    Args:
        labels: The label image, in which the i-th name stands for the value i.
        text: Names with ";" between them; nothing names nothing.

    Raises:
        SourceError: the label image cannot be read, or has a value without a name.
    """
    if not text.strip():
        return ()
    names = [name.strip() for name in text.split(";")]
    most = max(read_label_image(labels.origin).present(), default=0)
    if most >= len(names):
        msg = f"the label image has the class {most}, but only {len(names)} names: {', '.join(names)}"
        raise SourceError(msg, remedy="name every class in the column, the background first")
    structures: dict[str, Structure] = {}
    for value, written in enumerate(names[1:], start=1):
        name = unused(slug(written, default=f"class_{value}"), structures)
        structures[name] = Structure(name, frozenset({value}))
    return tuple(structures.values())
