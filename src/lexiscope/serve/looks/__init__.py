"""looks: models look at the cases of the corpus while nobody asks for anything, for the queue of the least sure ones.

In: a site with models and a corpus. Out: predictions about its cases, the same that a visitor would get, in
`site.predictions` and beside the corpus (`looked.py`), so that a server that is started again goes on where it was.
`questions.py` says what is asked, `looks.py` does it, as a job like any other.
"""
