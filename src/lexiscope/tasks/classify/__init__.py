"""classify: the value of an attribute of a case, by a probe, by prompts or by evidential fusion.

In: images of a case, and labelled cases to learn from. Out: a value with probabilities, and the nearest labelled cases.
"""
