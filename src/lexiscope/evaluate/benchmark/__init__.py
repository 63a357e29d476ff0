"""benchmark: a test set of a lab's own, that any model can be measured on and that says whether it is still the same.

In: one split of a corpus. Out: a directory that is a corpus, with `benchmark.yaml` (what is asked and how it is judged,
as data), `words/` (the lexicon it is judged by) and `README.md` (a data card). One hash stands for all of it.
"""
