"""Names of modalities and masks made from texts."""

import re
from collections.abc import Collection


def unused(name: str, taken: Collection[str]) -> str:
    """`name`, or `name_2`, `name_3` ... when it is taken.

    Example:
        >>> unused("t1", {"t1", "t1_2"})
        't1_3'
    """
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def slug(text: str, *, default: str) -> str:
    """Lower-case words of any language joined by underscores, for the name of a mask or of a modality.

    Example:
        >>> slug("Left lobe (old)", default="mask"), slug("Größe", default="mask"), slug("---", default="mask")
        ('left_lobe_old', 'größe', 'mask')
    """
    return re.sub(r"[\W_]+", "_", text.lower()).strip("_") or default
