"""search: how well images and words find each other, on one split of a corpus."""
