"""features: readouts, tokens and embeddings of a corpus's cases by frozen towers, computed once and kept beside it.

In: a corpus, views and a joint space or encoder. Out: readouts (`towers`), image tokens (`token_store`) and unit
vectors (`vectors`), in a `FeatureStore` by content hash.
"""
