"""dicomweb: the scans of a corpus for viewers that speak DICOM, and results for an archive.

In: a corpus, which keeps scans as NIfTI and pictures and no DICOM file. Out: QIDO-RS (`query`) and WADO-RS (`instance`,
`multipart`) over secondary captures that are made of them when somebody asks, one a slice, with UIDs derived from their
content (`study`); and `store`, which sends DICOM segmentations to an archive by STOW-RS when asked.

What is made says that it is derived: image type DERIVED/SECONDARY, SOP class Secondary Capture, and none of the
original's headers, which the corpus does not hold. Values are the corpus's own (`stored`).
"""
