"""training: a corpus and towers in, a model directory out; one loop for every stage.

In: a corpus, views and models. Out: trained parts in a model directory, with the log, the resolved configuration and
the checkpoints of the run beside them. What is made small is in `objectives/`; how (schedule, clipping, resume) in
`loop.py`.
"""
