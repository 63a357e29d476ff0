"""evolution: how features came to be while a model trained.

In: a model whose epochs were kept (`--keep-checkpoints`), and cases. Out: similarity of modalities, consistency and
speciality after each of some epochs, and how near each level was to what it became. `evolution.epochs` opens epochs.
"""
