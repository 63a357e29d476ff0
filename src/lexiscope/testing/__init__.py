"""testing: small cases whose right answer is known. Imported by tests only, never by a room.

In: a number and a seed. Out: `Draft`s of coloured shapes (planes) and blobs (volumes) with captions that are true, or a
corpus of them on disk. `testing.models` (torch) holds tiny models and the contract that every encoder keeps,
`testing.speaking` questions and the least that teaches a model to answer them, `testing.dicom` a scanner.
"""

from lexiscope.testing.cases import DraftSource, make_corpus, make_drafts

__all__ = ["DraftSource", "make_corpus", "make_drafts"]
