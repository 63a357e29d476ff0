"""search: an index of a corpus, and the cases in it that words or an image find."""
