"""serve: opened models and a corpus, for people by a page and for programs by an API.

In: model directories and a corpus. Out: answers over HTTP, the same as the command line's.
"""
