"""When not to believe a model: its confidence, its guarantees, and what noise and missing inputs do to both.

In: a subject, cases it is measured on and others it is calibrated on. Out: a `Result`.
"""
