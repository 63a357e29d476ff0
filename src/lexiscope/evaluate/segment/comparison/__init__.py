"""comparison: what decides how well a segmenter does, read from trainings that differ in one thing.

In: the JSON that `bench/segmentation.py` writes, a training a cell. Out: paired differences with intervals, sentences
that say only what these support (`effects`), and the page and the figure made of them (`page`, `figure`).
"""
