"""instruct: an assistant that answers questions about the images of a corpus.

Read in this order: `instruct` (the stage), `config`, `context` (what one run knows), `run` (its phases), `evidence` and
`reranker`, `rows` and `step`, then `calibration` with `fit_classifier` and `fit_mixture`.
"""
