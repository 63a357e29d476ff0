r"""`storable`: what a source gives, with names that a corpus can hold, before anything is looked up by them.

Names of files are bytes on most systems. Those that are no UTF-8 are written as `\xff`, and the case says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lexiscope.core.errors import CaseError
from lexiscope.core.storable import check_name
from lexiscope.sources.draft import Draft, Rejected

WRITTEN_OUT = r"bytes of the file's name that are no UTF-8 were written out as \xff"


def storable(item: Draft | Rejected) -> Draft | Rejected:
    """An input with readable names; a draft whose id no corpus can hold becomes a rejection.

    Example:
        >>> from lexiscope.core import Provenance
        >>> storable(Draft("\\udcff.png", "g", Provenance("images"))).id
        '\\\\xff.png'
    """
    if isinstance(item, Rejected):
        return item
    draft = _readable(item)
    try:
        check_name("id of a case", draft.id)
    except CaseError as error:
        return Rejected(where(draft), str(error), "give the case a short id of plain text")
    return draft


def where(draft: Draft) -> str:
    """Place of a draft in its source, for people.

    Example:
        >>> from lexiscope.core import Provenance
        >>> where(Draft("a", "g", Provenance("table", locator={"file": "a.csv", "row": 3})))
        'file a.csv, row 3'
    """
    locator = draft.provenance.locator
    places = ", ".join(f"{name} {value}" for name, value in locator.items()) if isinstance(locator, Mapping) else ""
    return places or f"{draft.id!s:.200}"


def _readable(draft: Draft) -> Draft:
    old = draft.provenance
    locator: Any = old.locator
    if isinstance(locator, Mapping):
        locator = {name: _written_out(value) for name, value in locator.items()}
    names = {"id": _written_out(draft.id), "group": _written_out(draft.group)}
    if locator == old.locator and names == {"id": draft.id, "group": draft.group}:
        return draft
    return replace(draft, **names, provenance=replace(old, locator=locator, steps=(*old.steps, WRITTEN_OUT)))


def _written_out(name: Any) -> Any:
    """A name with the bytes that `os.fsdecode` could not read written out; anything else as it is."""
    if not isinstance(name, str) or name.isascii():
        return name
    return "".join(f"\\x{ord(sign) - 0xDC00:02x}" if "\udc80" <= sign <= "\udcff" else sign for sign in name)
