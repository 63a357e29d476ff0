"""align: images and words of a corpus into one space.

Read in this order: `align` (the stage), `config`, `job` (its steps, in order), `pretrained` (parts to start from),
`data` (the pairs), `heads` with `cca` (where heads start), `rows` and `step` (a batch and its losses), `validation`,
`interpolation` (what is trained, mixed with a published start).
"""
