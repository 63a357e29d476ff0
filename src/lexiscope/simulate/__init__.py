"""simulate: cohorts and papers made by code, whose truth is known.

In: counts and a seed. Out: drafts of brain visits (`brain`) and folders of papers on glass (`glass`).
"""
