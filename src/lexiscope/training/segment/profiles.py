"""`learn_profiles`: what structures look like, for a writer that measures instructions in images of later cases."""

from collections.abc import Sequence
from typing import Any

from lexiscope.core.errors import SourceError
from lexiscope.core.progress import Progress
from lexiscope.corpus.part import CorpusPart
from lexiscope.language.instructions.kept_profiles import up_to_date
from lexiscope.language.instructions.profile_book import ProfileBook


def learn_profiles(
    part: CorpusPart, structures: Sequence[str], *, progress: Progress | None = None
) -> dict[str, dict[str, Any]]:
    """Structure -> its profile, from the masks of all cases that are learned from together.

    Those that `write instructions` kept beside the corpus are taken where the masks are the same still. None where the
    images of a case cannot be laid together: the segmenter needs none to be asked by name.

    Args:
        part: Cases that are learned from.
        structures: Names of the structures.
        progress: Called with the cases looked at so far.
    """
    try:
        known = up_to_date(part.corpus.path, ProfileBook(part, tuple(structures), progress), structures)
    except SourceError:
        return {}
    return {name: known[name].to_dict() for name in structures if name in known}
