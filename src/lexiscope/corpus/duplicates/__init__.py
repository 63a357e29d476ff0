"""duplicates: what two cases share that would let one give the other away.

In: the rows of a corpus. Out: pairs of images that look alike (`perceptual_hash`, `shared_images`), describing texts
that stand in two splits (`shared_texts`), and the groups that are one under several names (`same_group`).
"""
