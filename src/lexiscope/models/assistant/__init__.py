"""assistant: an encoder's tokens, projected into a causal language model that answers.

In: what the image towers see of a case and a question in words. Out: words, and how likely each answer is.
"""
