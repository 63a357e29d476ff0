"""workers: processes that hold models open, one for each model, and what they are asked.

In: calls as JSON. Out: predictions as JSON. A process that dies takes only the calls with it that it had begun.
"""
