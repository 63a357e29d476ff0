"""corrections: what people say instead of what a corpus or a model said, kept as records of their own.

In: a corpus, a corrected caption, answer, attribute or mask, and the prediction that it corrects. Out: a file for each
correction in the corpus's `corrections/`, numbered, never changed and never removed. They are the truth, and the rows
follow: whatever writes a case (a build, a writer, `Corpus.upsert` itself) writes it as corrected, so a corpus that is
built again from its source loses nothing. What was there before stays in the record, and an old mask in `objects/`.
"""
