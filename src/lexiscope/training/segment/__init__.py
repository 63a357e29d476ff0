"""segment: a segmenter learns to find structures by sentences.

In: cases with masks, each structure with its wordings and, where a writer left them, its instructions. Out: the part
"segmenter". `prompts` chooses what is asked, `rows` cuts windows, `variants` changes them, `step` holds the losses,
`validation` measures DSC per case, `job` puts them together.
"""
