"""The source files of the house, read and parsed once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("services", "shared")
EVERYWHERE = (*ROOMS, "tests", "tools", "bench")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file: `name` is its path from the root."""

    name: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room of a service that it stands in: `domain`, `store`, `api`, ...; for shared the file's own name."""
        return self.name.split("/")[2 if self.name.startswith("services/") else 1].removesuffix(".py")

    def functions(self) -> Iterator[Function]:
        """Every function in it, inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """The Python files of these folders."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Source:
    text = path.read_text()
    return Source(name=str(path.relative_to(ROOT)), text=text, tree=ast.parse(text))


def calls(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call below a node, by the last name that is called: `commit` for `connection.commit()`."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            if isinstance(inner.func, ast.Attribute):
                yield inner.func.attr, inner
            elif isinstance(inner.func, ast.Name):
                yield inner.func.id, inner
