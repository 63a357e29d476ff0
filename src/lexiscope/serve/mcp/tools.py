"""`open_tools`: the tools of one model and one corpus."""

from pathlib import Path

from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.mcp.async_desk import AsyncDesk
from lexiscope.serve.mcp.case_tool import case_tool
from lexiscope.serve.mcp.task_tool import task_tool
from lexiscope.serve.mcp.tool import Tool
from lexiscope.serve.workers.call import Opening
from lexiscope.serve.workers.desk import Desk
from lexiscope.tasks import TASKS


def open_tools(model: Path, corpus: Path) -> list[Tool]:
    """`get_case`, and every task whose part the model has; each task is opened when it is asked first.

    Raises:
        ModelError: a directory that holds no part of a model.
        CorpusError: no corpus there.
    """
    directory, opened = ModelDirectory(model), Corpus.open(corpus)
    if not directory.parts():
        directory.part("joint")  # says what is expected, and the command that makes it
    desk = AsyncDesk(Desk.open(Opening(model, corpus, warm=False)))
    tasks = [task_tool(task, desk, opened) for task in TASKS.load_all().values() if directory.has(task.part)]
    return [case_tool(opened), *tasks]
