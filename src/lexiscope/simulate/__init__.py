"""simulate: cohorts, papers, scenes and scans made by code, whose truth is known.

In: how many, and a seed. Out: drafts of brain visits (`brain`, the source "simulated"), folders of papers on glass
(`glass`, `lexiscope simulate papers`), of colour and depth images (`scenes`, `lexiscope simulate scenes`), of scans in
the layouts that labs have (`scans`, `lexiscope simulate scans`) and a paper as PDF (`paper`, `lexiscope simulate
paper`). Nothing is downloaded, and the same seed gives the same bytes.
"""
