"""simulate: cohorts and papers made by code, whose truth is known.

In: how many, and a seed. Out: drafts of brain visits (`brain`, the source "simulated") and folders of papers on glass
(`glass`, `lexiscope simulate papers`). Nothing is downloaded, and the same seed gives the same bytes.
"""
