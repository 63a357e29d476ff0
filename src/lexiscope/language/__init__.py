"""language: words from what is known.

In: the attributes of cases. Out: passages, each with its author and with the attributes that it states.
"""
