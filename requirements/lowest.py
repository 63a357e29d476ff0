"""Constraints that hold every direct dependency at the lowest version that pyproject.toml allows.

python requirements/lowest.py [EXTRA ...] < pyproject.toml   # of the project itself and of these extras
"""

import re
import sys
import tomllib

project = tomllib.loads(sys.stdin.read())["project"]
wanted = list(project["dependencies"])
for extra in sys.argv[1:]:
    wanted += project["optional-dependencies"][extra]
for line in wanted:
    lowest = re.fullmatch(r"([\w.-]+)(?:\[.*\])?>=([\d.]+)", line)
    if lowest:  # what names the project's own extras has no version
        print(f"{lowest[1]}=={lowest[2]}")
