"""instruct: an assistant that answers questions about the images of a corpus.

Read in this order: `instruct` (the stage), `config`, `job` (the examples), `context` (what the phases of one run
share), `phases` (its phases, in order), `evidence` and `reranker`, `rows` and `step` (a batch and its loss), then
`calibration` with `fit_classifier` and `fit_mixture`.
"""
