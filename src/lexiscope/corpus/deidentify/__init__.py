"""`corpus deidentify`: DICOM files -> copies without identifiers, checked byte by byte.

`actions` is the table of what happens to which tag; `clean` applies it; `identifiers` collects what must not survive
and `search` finds it in bytes, in the `spellings` it may have; `burned` finds text in the pixels, `unused_bits` and
`comments` empty what hides beside them; `folder` does all of it to a folder and keeps the audit log; `verify` reads the
result from the disk and fails when anything survived.
"""

from lexiscope.corpus.deidentify.folder import DeidentifyReport, deidentify_folder

__all__ = ["DeidentifyReport", "deidentify_folder"]
