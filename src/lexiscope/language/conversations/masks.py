"""Which structures the masks of a case show to be there or not."""

from collections.abc import Iterator

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus
from lexiscope.language.text.lexicon import Concept, Lexicon
from lexiscope.language.text.reading import Presence
from lexiscope.sources.pixels import read_pixels


class Masks:
    """Reads the label images of a corpus, each once."""

    def __init__(self, corpus: Corpus, lexicon: Lexicon) -> None:
        self._corpus = corpus
        self._lexicon = lexicon
        self._marked: dict[str, bool] = {}

    def presences(self, case: Case) -> Iterator[tuple[Concept, Presence]]:
        """The concepts that masks are named after: there where anything is marked, not there where nothing is.

        A structure without a mask stays unknown, as nobody may have looked for it.
        """
        for structure, image in case.masks.items():
            named = {stated.concept for stated in self._lexicon.read(structure.replace("_", " "))}
            if len(named) != 1:
                continue
            if image.content not in self._marked:
                self._marked[image.content] = bool(read_pixels(self._corpus.object_path(image)).any())
            there = self._marked[image.content]
            concept = named.pop()
            for one in (concept, *self._lexicon.implied(concept)) if there else (concept,):
                yield one, Presence(there, (), "mask")
