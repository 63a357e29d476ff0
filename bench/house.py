"""Counts of the code itself: sizes, branches, types, docstrings with examples, tests against source.

    python bench/house.py                   # this checkout
    python bench/house.py --root OTHER      # another one, to compare
    python bench/house.py --branchy         # name the functions with more than ten branches

A branch is an if, a conditional expression, a loop, an exception handler, a further operand of `and` and `or`, or a
`for` and `if` of a comprehension. Lines are those of the files, blank ones included. Prints one JSON line; exit 1 when
a target is missed: at most 1 % of functions with more than ten branches, half as many lines of tests as of source,
examples in 15 % of public docstrings.
"""

import argparse
import ast
import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

BRANCHES = 10
TARGETS = {"branchy": 0.01, "tests_to_source": 0.5, "examples": 0.15}
_ONE_EACH = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
_DOCUMENTED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def branches(function: ast.AST) -> int:
    """Branches of a function, those of functions inside it included."""
    count = 0
    for node in ast.walk(function):
        count += isinstance(node, _ONE_EACH)
        count += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
        count += 1 + len(node.ifs) if isinstance(node, ast.comprehension) else 0
    return count


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def public(tree: ast.Module) -> Iterator[ast.AST]:
    """Public classes, functions and methods of a module; what stands inside functions is nobody's to call."""
    for node in tree.body:
        if isinstance(node, _DOCUMENTED) and not node.name.startswith("_"):
            yield node
            yield from (
                inner
                for inner in (node.body if isinstance(node, ast.ClassDef) else ())
                if isinstance(inner, _DOCUMENTED) and not inner.name.startswith("_")
            )


def typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether all arguments and the result have types."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = [argument for argument in arguments if argument.arg not in ("self", "cls")]
    return function.returns is not None and all(argument.annotation is not None for argument in named)


def spread(values: list[int]) -> str:
    """Mean, ninth decile and maximum, as "7/20/110"."""
    return f"{statistics.mean(values):.0f}/{statistics.quantiles(values, n=10)[-1]:.0f}/{max(values)}"


def lines_below(folder: Path) -> dict[Path, int]:
    """Lines of every Python file."""
    return {file: len(file.read_text(encoding="utf-8").splitlines()) for file in sorted(folder.rglob("*.py"))}


def count(root: Path) -> tuple[dict[str, object], list[str]]:
    """The counts of a checkout, and the functions with too many branches."""
    source, tests = lines_below(root / "src"), lines_below(root / "tests")
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in source}
    every = [(file, function) for file, tree in trees.items() for function in functions(tree)]
    branchy = [
        f"{file.relative_to(root)}:{function.lineno} {function.name} {branches(function)}"
        for file, function in every
        if branches(function) > BRANCHES
    ]
    documented = [ast.get_docstring(node) for tree in trees.values() for node in public(tree)]
    counts = {
        "name": "house",
        "files": len(source),
        "lines": sum(source.values()),
        "file_lines": spread(list(source.values())),
        "function_lines": spread([(f.end_lineno or f.lineno) - f.lineno + 1 for _, f in every]),
        "functions": len(every),
        "branchy": round(len(branchy) / len(every), 4),
        "typed": round(sum(typed(function) for _, function in every) / len(every), 3),
        "public": len(documented),
        "documented": round(sum(text is not None for text in documented) / len(documented), 3),
        "examples": round(sum(">>>" in (text or "") for text in documented) / len(documented), 3),
        "test_lines": sum(tests.values()),
        "tests_to_source": round(sum(tests.values()) / sum(source.values()), 3),
        "targets": TARGETS,
    }
    return counts, branchy


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--branchy", action="store_true")
    options = parser.parse_args()
    counts, branchy = count(options.root)
    if options.branchy:
        print("\n".join(branchy), file=sys.stderr)
    print(json.dumps(counts))
    met = (
        counts["branchy"] <= TARGETS["branchy"],
        counts["tests_to_source"] >= TARGETS["tests_to_source"],
        counts["examples"] >= TARGETS["examples"],
    )
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
