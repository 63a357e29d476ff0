"""models: towers, encoder, text tower and the joint space, as weights on disk and modules in memory.

In: tensors from `views` and strings. Out: levels, tokens and vectors of cases; unit vectors of images and texts.
Models are `PreTrainedModel`s of transformers, kept as safetensors and JSON in a `ModelDirectory`: no pickle, no remote
code. Tables of names: `parts.PARTS` (what a model directory holds), `towers.TOWERS` (towers from scratch) and
`packaged.PACKAGED` (pretrained weights inside packages).

Importing a module of this room loads torch and transformers; nothing that `lexiscope --help` needs lies here.
"""
