"""`dicom`: a folder of any mix of DICOM files -> one case a study, its series as volumes and planes.

`source` makes drafts; `files` finds and parses headers; `instance` is one file as nouns; `frames`, `mosaic` and `grids`
give the planes inside it, `object_kinds` what kind of image it is, `projection` the spacing of other pictures.
`belonging` puts files together to studies and series, `repeats` leaves out what is there twice, `families` and
`moments` tell volumes and time points of a series apart, `spacing` judges their steps, `stack` makes them volumes.
`decode` reads pixels, `stored_bits` their values, `shown` says which are only pictures; `segments` lays masks on
volumes; `names` names modalities, `series` finds a model's modalities among them; `scan` and `values` make headers
quick; `pseudonym` keeps identifiers out. All of it is untrusted.
"""

from lexiscope.sources.scans.dicom.source import DicomSource

__all__ = ["DicomSource"]
