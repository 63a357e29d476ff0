"""What a mask was called and is called now: a note in the case's provenance, written and read here."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from lexiscope.core.case import Case

_QUOTED = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""  # as `repr` writes a text
_NOTE = re.compile(f"mask {_QUOTED} named {_QUOTED}")


def with_masks_named(case: Case, names: Mapping[str, str]) -> Case:
    """A case whose masks have other names, with a note of each.

    Args:
        case: Case.
        names: Old name -> new name; those that the case has no mask of do not count.
    """
    masks = {names.get(name, name): replace(mask, modality=names.get(name, name)) for name, mask in case.masks.items()}
    steps = tuple(renaming_step(old, new) for old, new in names.items() if old in case.masks)
    return replace(case, masks=masks, provenance=replace(case.provenance, steps=(*case.provenance.steps, *steps)))


def renaming_step(old: str, new: str) -> str:
    """The note that a case keeps of a mask that got another name.

    Example:
        >>> renaming_step("label 1", "kidney")
        "mask 'label 1' named 'kidney'"
    """
    return f"mask {old!r} named {new!r}"


def names_given(steps: Iterable[str]) -> dict[str, str]:
    """Names that masks had -> names that they were given, of the renamings among steps of cases.

    Example:
        >>> names_given(["resampled", "mask 'label 1' named 'kidney'"])
        {'label 1': 'kidney'}
    """
    found = (_NOTE.fullmatch(step) for step in steps)
    pairs = ((_unquoted(note[1]), _unquoted(note[2])) for note in found if note is not None)
    return {old: new for old, new in pairs if old and new}


def name_now(structure: str, steps: Iterable[str]) -> str:
    """Name that a structure has after the renamings among a case's steps.

    Example:
        >>> name_now("label 1", ["mask 'label 1' named 'kidney'"]), name_now("label 2", [])
        ('kidney', 'label 2')
    """
    for step in steps:
        start = renaming_step(structure, "")[:-2]
        if step.startswith(start):
            structure = _unquoted(step.removeprefix(start)) or structure
    return structure


def _unquoted(quoted: str) -> str | None:
    """The text of a Python literal; None where it is none, as a source may note what it likes."""
    try:
        text = ast.literal_eval(quoted)
    except (ValueError, SyntaxError):
        return None
    return text if isinstance(text, str) else None
