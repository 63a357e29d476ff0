"""similarity: how alike the features of modalities are, level by level.

In: a model that shows its levels, and cases. Out: linear CKA and cosine of every pair of modalities at a level and of
every pair of levels of a modality, with intervals and with what chance gives. `similarity.cka` is the bare formula.
"""
