"""mcp: tools of one model and one corpus for chat clients that speak the Model Context Protocol.

In: a model directory and a corpus. Out: read-only tools over stdin and stdout, or over HTTP on loopback with a token:
every task whose part the model has (`task_tool.py`), and `get_case` (`case_tool.py`). What a client names are ids of
cases, never files or addresses; what it gets is marked as text of strangers (`results.py`) and bounded (`bounded.py`).
"""
