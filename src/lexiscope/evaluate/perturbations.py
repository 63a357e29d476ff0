"""Perturbations: an image without content, or the image of a case of another group, in the place of a case's own.

Both baselines of every evaluation are defined here alone. A model that answers as well without the image, or with
another patient's, was not reading it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from lexiscope.answering.questions import Questions
from lexiscope.core.case import Case
from lexiscope.models.assistant.image_tokens import ImageTokens

BLANK, SHUFFLED = "blank_image", "shuffled_images"


def other_group_rows(cases: Sequence[Case], *, seed: int) -> Int64[np.ndarray, " n"]:
    """For each row the row of a case of another group, drawn at random; all rows of one case get the same.

    A row stays its own where every case is of one group.

    Example:
        >>> from lexiscope.core.case import Provenance
        >>> cases = [Case(f"c{n}", group, Provenance("by hand")) for n, group in enumerate("aab")]
        >>> other_group_rows(cases, seed=0)[:2].tolist()
        [2, 2]
    """
    first: dict[str, int] = {}
    for row, case in enumerate(cases):
        first.setdefault(case.id, row)
    generator, chosen = np.random.default_rng(seed), {}
    for name, row in first.items():
        others = [other for other in first.values() if cases[other].group != cases[row].group]
        chosen[name] = others[int(generator.integers(len(others)))] if others else row
    return np.array([chosen[case.id] for case in cases], dtype=np.int64)


def blank(seen: ImageTokens) -> ImageTokens:
    """Image tokens of images without content; which modalities are present stays."""
    return seen.blank()


def blank_questions(questions: Questions) -> Questions:
    """Questions about images without content, and nothing that would tell which cases are alike."""
    return replace(questions, seen=blank(questions.seen), images=np.zeros_like(questions.images))


def shuffled_questions(questions: Questions, cases: Sequence[Case], *, seed: int) -> Questions:
    """Questions with the image of a case of another group; no evidence comes from the groups of either.

    Args:
        cases: Case of each question.
        seed: Seed of the draw.
    """
    rows = other_group_rows(cases, seed=seed)
    excluded = [{*questions.excluded_groups[row], *questions.excluded_groups[other]} for row, other in enumerate(rows)]
    return replace(
        questions, seen=questions.seen.rows(rows.tolist()), images=questions.images[rows], excluded_groups=excluded
    )
