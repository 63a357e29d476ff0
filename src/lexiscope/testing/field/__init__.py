"""field: inputs that labs have, made by code and varied, each with its right answer.

In: nothing but code. Out: `Variant`s of kinds, in the order of their modules; `try_variant` says of each whether it was
read right, was rejected with the reason, or is silently wrong, which none may be.
"""

from collections.abc import Iterator

from lexiscope.testing.field.variant import REJECTED, RIGHT, WRONG, Variant, Verdict, try_variant

__all__ = ["REJECTED", "RIGHT", "WRONG", "Variant", "Verdict", "all_variants", "try_variant"]


def all_variants() -> Iterator[Variant]:
    """All variants."""
    from lexiscope.testing.field import (
        dicom_folders,
        dicom_objects,
        identifiers,
        micrographs,
        pages,
        papers,
        series,
        tables,
        talk,
        volumes,
    )

    for module in (
        series,
        dicom_folders,
        dicom_objects,
        identifiers,
        volumes,
        micrographs,
        papers,
        pages,
        talk,
        tables,
    ):
        yield from module.variants()
