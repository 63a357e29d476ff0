"""segmenter: a sentence and the images of a case, any modality missing, to a mask for each sentence.

In: prepared images of one grid, `(b, c, ...)` by modality, which of them are there, and the vectors of k sentences a
case. Out: `SegmenterOutput`, mask logits and presence logits. `stem` and `trunk` read a modality into levels from full
to coarse resolution, a `decoder` turns levels into a mask under the sentence (`film`, or `two_way` with
`two_way_attention`; `decoders` makes one), `segmenter` holds them with a frozen text tower and lets the modalities
meet, and `windows` runs it over whole images and volumes.

The idea, a language model's sentence that guides a segmenter of several modalities, is that of Zeus
(https://arxiv.org/abs/2504.07336), of which no code was released; the networks here are ours.
"""
