"""pretrain: a tower learns from images or texts alone, before anything pairs them.

Read in this order: `pretrain` (the two stages), `config`, `job` (what both run), `image` with `image_rows`, `text` with
`text_rows`.
"""
