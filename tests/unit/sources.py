"""The project's own source, parsed: which modules there are, what each imports, what words stand in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One module of the project."""

    name: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The directory it stands in."""
        return self.name.split(".")[0]

    def imports(self) -> set[str]:
        """What it imports when it runs, as full module names; imports for type checkers are left out."""
        return {name for node in running_nodes(self.tree) for name in imported(node)}


def sources(*packages: str) -> list[Source]:
    """The modules directly in some packages."""
    files = [file for package in packages for file in sorted((ROOT / package).glob("*.py"))]
    return [Source(f"{file.parent.name}.{file.stem}", ast.parse(file.read_text(), str(file))) for file in files]


def running_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below one, without what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING")):
            yield child
            yield from running_nodes(child)


def imported(node: ast.AST) -> set[str]:
    """The modules that an import statement names; `from package import module` names the module."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        inside = {f"{node.module}.{alias.name}" for alias in node.names}
        modules = {name for name in inside if (ROOT / f"{name.replace('.', '/')}.py").is_file()}
        return modules or {node.module}
    return set()


def words(tree: ast.AST) -> Iterator[list[str]]:
    """The literal words that follow one another in a call, list or tuple; a text is taken as its words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield list(flat(node.args))
        elif isinstance(node, ast.List | ast.Tuple):
            yield list(flat(node.elts))


def flat(nodes: list[ast.expr]) -> Iterator[str]:
    """The literal words among some expressions, those in starred ones included."""
    for node in nodes:
        if isinstance(node, ast.Starred):
            yield from flat([node.value])
        elif isinstance(node, ast.List | ast.Tuple):
            yield from flat(node.elts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.split()
        elif isinstance(node, ast.JoinedStr):
            yield from flat(node.values)
