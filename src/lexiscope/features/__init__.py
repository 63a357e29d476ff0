"""features: what frozen towers say about the cases of a corpus, computed once and kept beside it.

In: a corpus, views and a joint space or encoder. Out: features (`towers`), tokens (`tokens`) and unit vectors
(`vectors`), in a store by content hash (`store`).
"""
