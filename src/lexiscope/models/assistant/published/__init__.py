"""published: a vision-language model as it was published, whole, behind the `Assistant` that everything else knows.

In: a directory in hub layout (weights, processor, chat template), pictures and words. Out: an assistant that is asked,
tuned, saved and exported. What layouts differ in (tiles, positions, tokens around a picture, turns) is left to their
own processor and model in transformers; nothing here knows one layout from another.

Read in this order: `start` (from a name to an assistant), `processor`, `conversation` (words and pictures to inputs),
`assistant`, `settings`, `layout` (what lies on disk).
"""
