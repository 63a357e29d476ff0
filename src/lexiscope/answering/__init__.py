"""answering: retrieve, re-rank, decode.

In: a joint space, an assistant and statements about the cases learned from. Out: candidate answers with the scores of
each stage; `tasks` gives them to users, `training` fits their weights.
"""
