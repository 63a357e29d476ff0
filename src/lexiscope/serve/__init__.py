"""serve: a page for people and an API for programs, over opened models and one corpus.

In: model directories and a corpus. Out: predictions, exactly as the command line prints them, over HTTP on loopback.
Models compute in processes of their own (`workers/`), so that the server answers while they do; this room loads no
torch. Every task of `lexiscope.tasks.TASKS` is served by itself (`routes/tasks.py`).
"""
