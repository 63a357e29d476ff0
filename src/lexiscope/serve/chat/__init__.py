"""chat: the assistant in the form of OpenAI's API, for chat clients that were written for it.

In: messages with text and images as data (`form.py`). Out: an answer in words (`wording.py`) with the prediction beside
it, at once or as a stream (`completion.py`). `conversation.py` says which of the messages are read as what; nothing is
ever fetched. Errors have OpenAI's form, too (`errors.py`).
"""
