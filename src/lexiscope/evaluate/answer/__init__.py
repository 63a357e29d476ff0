"""answer: how well questions are answered, beside the question alone and retrieval off."""
