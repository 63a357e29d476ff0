"""testing: small cases whose right answer is known. Imported by tests only, never by a room.

In: a number and a seed. Out: `Draft`s of coloured shapes (planes) and blobs (volumes) with captions that are true, or a
corpus of them on disk. `testing.models` (torch) holds tiny models, `testing.speaking` questions and the shortest
training that makes an assistant for them, `testing.old_model` a model as an earlier version wrote it, `testing.dicom` a
scanner, `testing.distribution` an installed package that joins name tables. The contracts that their entries keep are
functions `check_...`.
"""

from lexiscope.testing.cases import DraftSource, make_corpus, make_drafts

__all__ = ["DraftSource", "make_corpus", "make_drafts"]
