"""Runs small Python programs without Python's own `exec`: a walk over the syntax tree that knows what the slice `code` uses.

Anything else is refused, and so is a program that takes too long, so that a mistake in a template shows at once.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

MOST_STEPS = 20_000

OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": len, "sum": sum, "max": max, "min": min, "range": range, "sorted": sorted, "abs": abs, "str": str, "int": int,
    "enumerate": enumerate, "zip": zip, "list": list,
}  # fmt: skip
METHODS = (
    "append",
    "pop",
    "insert",
    "upper",
    "lower",
    "get",
    "items",
    "join",
    "replace",
    "index",
    "count",
    "reverse",
    "values",
)

Names = dict[str, Any]


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


def output(source: str) -> str:
    """Return what a program prints.

    Raises:
        ValueError: for syntax that the walk does not know, and for too many steps.
    """
    program = _Program()
    program.block(ast.parse(source).body, {})
    return "\n".join(program.printed)


class _Program:
    """One run."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.functions: dict[str, ast.FunctionDef] = {}
        self.steps = 0

    def block(self, body: list[ast.stmt], names: Names) -> None:
        for statement in body:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise ValueError("the program runs too long")
            self._do(statement, names)

    def _do(self, statement: ast.stmt, names: Names) -> None:
        match statement:
            case ast.Assign(targets=[target]):
                self._set(target, self.value(statement.value, names), names)
            case ast.AugAssign():
                held = self.value(statement.target, names)
                self._set(statement.target, OPERATORS[type(statement.op)](held, self.value(statement.value, names)), names)
            case ast.If():
                self.block(statement.body if self.value(statement.test, names) else statement.orelse, names)
            case ast.For() | ast.While():
                self._loop(statement, names)
            case ast.FunctionDef():
                self.functions[statement.name] = statement
            case ast.Expr():
                self.value(statement.value, names)
            case ast.Return(value=ast.expr() as result):
                raise _Return(self.value(result, names))
            case ast.Break():
                raise _Break
            case ast.Continue():
                raise _Continue
            case _:
                raise ValueError(f"{type(statement).__name__} is not known")

    def _loop(self, loop: ast.For | ast.While, names: Names) -> None:
        rounds = iter(self.value(loop.iter, names)) if isinstance(loop, ast.For) else None
        while True:
            if isinstance(loop, ast.While):
                if not self.value(loop.test, names):
                    return
            elif rounds is not None:
                try:
                    item = next(rounds)
                except StopIteration:
                    return
                self._set(loop.target, item, names)
            try:
                self.block(loop.body, names)
            except _Break:
                return
            except _Continue:
                continue

    def _set(self, target: ast.expr, value: Any, names: Names) -> None:
        match target:
            case ast.Name(id=name):
                names[name] = value
            case ast.Subscript():
                self.value(target.value, names)[self.value(target.slice, names)] = value
            case ast.Tuple():
                for part, one in zip(target.elts, value, strict=True):
                    self._set(part, one, names)
            case _:
                raise ValueError(f"{type(target).__name__} is not known")

    def value(self, node: ast.expr, names: Names) -> Any:  # noqa: C901 - one case for each kind of node
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name):
                return names[name]
            case ast.BinOp():
                return OPERATORS[type(node.op)](self.value(node.left, names), self.value(node.right, names))
            case ast.UnaryOp(op=ast.USub()):
                return -self.value(node.operand, names)
            case ast.UnaryOp(op=ast.Not()):
                return not self.value(node.operand, names)
            case ast.BoolOp():
                return self._either(node, names)
            case ast.Compare(ops=[compared], comparators=[other]):
                return COMPARISONS[type(compared)](self.value(node.left, names), self.value(other, names))
            case ast.IfExp():
                return self.value(node.body if self.value(node.test, names) else node.orelse, names)
            case ast.List() | ast.Tuple():
                parts = [self.value(one, names) for one in node.elts]
                return parts if isinstance(node, ast.List) else tuple(parts)
            case ast.Dict():
                return {
                    self.value(key, names): self.value(held, names)
                    for key, held in zip(node.keys, node.values, strict=True)
                    if key is not None
                }
            case ast.Subscript():
                return self.value(node.value, names)[self._place(node.slice, names)]
            case ast.ListComp(generators=[rounds]):
                return self._comprehension(node.elt, rounds, names)
            case ast.Lambda():
                return self._function(node, names)
            case ast.Call():
                return self._call(node, names)
        raise ValueError(f"{type(node).__name__} is not known")

    def _either(self, node: ast.BoolOp, names: Names) -> Any:
        found: Any = None
        for one in node.values:
            found = self.value(one, names)
            if bool(found) == isinstance(node.op, ast.Or):
                return found
        return found

    def _place(self, node: ast.expr, names: Names) -> Any:
        if isinstance(node, ast.Slice):
            return slice(*(None if end is None else self.value(end, names) for end in (node.lower, node.upper, node.step)))
        return self.value(node, names)

    def _comprehension(self, made: ast.expr, rounds: ast.comprehension, names: Names) -> list[Any]:
        inner, found = dict(names), []
        for item in self.value(rounds.iter, names):
            self._set(rounds.target, item, inner)
            if all(self.value(test, inner) for test in rounds.ifs):
                found.append(self.value(made, inner))
        return found

    def _function(self, node: ast.Lambda, names: Names) -> Callable[..., Any]:
        def called(*given: Any) -> Any:
            told = [one.arg for one in node.args.args]
            return self.value(node.body, {**names, **dict(zip(told, given, strict=True))})

        return called

    def _call(self, node: ast.Call, names: Names) -> Any:
        given = [self.value(one, names) for one in node.args]
        named = {one.arg: self.value(one.value, names) for one in node.keywords if one.arg}
        match node.func:
            case ast.Name(id="print"):
                self.printed.append(" ".join(map(str, given)))
                return None
            case ast.Name(id=name) if name in self.functions:
                return self._own(self.functions[name], given)
            case ast.Name(id=name):
                return FUNCTIONS[name](*given, **named)
            case ast.Attribute(attr=name) if name in METHODS:
                return getattr(self.value(node.func.value, names), name)(*given)
        raise ValueError("this call is not known")

    def _own(self, function: ast.FunctionDef, given: list[Any]) -> Any:
        told = [one.arg for one in function.args.args]
        try:
            self.block(function.body, dict(zip(told, given, strict=True)))
        except _Return as done:
            return done.value
        return None
