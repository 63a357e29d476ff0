"""conversations: questions and answers about cases, by rules or by a language model, filtered and balanced."""
