"""assistant: an assistant's free answers, scored by a judge, beside what does not look."""
