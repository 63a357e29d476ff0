"""align: images and words of a corpus into one space.

Read in this order: `align` (the stage), `config`, `pretrained` (where towers come from), `data` and `pairs` (what is
learned from), `statistics` and `closed_form` (where heads start), `rows` and `step` (what a batch does),
`validation`.
"""
