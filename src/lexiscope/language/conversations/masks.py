"""`Masks`: structures that the label images of a case show to be present or absent."""

from collections.abc import Iterator

from lexiscope.core.case import Case
from lexiscope.core.image import Image
from lexiscope.corpus.store import Corpus
from lexiscope.language.text.lexicon import Concept, Lexicon
from lexiscope.language.text.reading import Presence
from lexiscope.sources.pixels import read_pixels


class Masks:
    """Label images of a corpus, each read once.

    Args:
        corpus: Holds the label images.
        lexicon: Terms by which the names of masks are understood.
    """

    def __init__(self, corpus: Corpus, lexicon: Lexicon) -> None:
        self._corpus = corpus
        self._lexicon = lexicon
        self._labelled: dict[str, bool] = {}

    def presences(self, case: Case) -> Iterator[tuple[Concept, Presence]]:
        """Concepts that masks are named after: present where any pixel is labelled, absent where none is.

        A structure without a mask stays unknown, as nobody may have looked for it.
        """
        for structure, image in case.masks.items():
            concepts = {statement.concept for statement in self._lexicon.read(structure.replace("_", " "))}
            if len(concepts) != 1:
                continue
            present = self._is_present(image)
            concept = concepts.pop()
            for each in (concept, *self._lexicon.implied(concept)) if present else (concept,):
                yield each, Presence(present, (), "mask")

    def _is_present(self, image: Image) -> bool:
        if image.marked is not None:
            return image.marked > 0
        if image.content not in self._labelled:
            self._labelled[image.content] = bool((read_pixels(self._corpus.object_path(image)) > 0).any())
        return self._labelled[image.content]
