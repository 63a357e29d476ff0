"""semantics: what units of a model respond to, in which modality, and whether modalities respond to the same.

In: a model that shows its levels, and cases whose concepts are known by masks, or by captions through a joint space.
Out: detectors, semantic profiles with their variance, consistency and speciality, and what a task loses without them.
"""
