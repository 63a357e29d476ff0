"""simulate: cohorts, papers and scenes made by code, whose truth is known.

In: how many, and a seed. Out: drafts of brain visits (`brain`, the source "simulated"), folders of papers on glass
(`glass`, `lexiscope simulate papers`) and of colour and depth images (`scenes`, `lexiscope simulate scenes`). Nothing
is downloaded, and the same seed gives the same bytes.
"""
