"""Plain data out of a pickle file, which is never loaded.

Python's `pickle.load` runs whatever the file says. This reader walks over the instructions (`pickletools.genops`,
which runs nothing) and carries out those that build plain data: dict, list, tuple, str, bytes, bool, int, float and
None. Of everything that a pickle can ask a program to call, it knows numpy's arrays and scalars of integers or
floats, and builds lists and numbers from their bytes itself. Anything else is refused.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from cbir.evaluation.datasets.pickled_calls import ARRAY, CALLS, Named, NotPlainError, refuse, set_state

MOST_BYTES = 1 << 24
"""Of the file; the published ones have about 1 MB."""
MOST_ELEMENTS = 1 << 22
"""Of all arrays and encoded texts together: a few instructions must not make gigabytes."""
HIGHEST_STACK = 1 << 14
"""Values under construction; pickle's writers need a few thousand."""
DEEPEST = 16
"""Containers within containers; the published files have four."""


class _Mark:
    """The stack's place marker."""


MARK = _Mark()


def read_plain_pickle(data: bytes) -> object:
    """The plain data that a pickle holds.

    Raises:
        NotPlainError: it holds something else, is malformed, or too large, too deep or built to exhaust memory.
    """
    if len(data) > MOST_BYTES:
        refuse(f"it is over {MOST_BYTES >> 20} MiB")
    machine = _Machine()
    try:
        with warnings.catch_warnings():
            # Python warns of unknown escapes in the text of old protocols, and keeps them as they are
            warnings.simplefilter("ignore", DeprecationWarning)
            for instruction, argument, _ in pickletools.genops(data):
                machine.carry_out(instruction.name, argument)
    except (ValueError, OverflowError, IndexError, KeyError, TypeError) as error:
        raise NotPlainError(f"it is malformed ({str(error)[:120]})") from None
    return machine.result()


class _Machine:
    """The stack and the memo that a pickle's instructions work on."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.elements = 0

    def carry_out(self, name: str, argument: Any) -> None:
        """One instruction."""
        if name in VALUES:
            self.stack.append(argument)
        elif name in ACTIONS:
            ACTIONS[name](self, argument)
        else:
            refuse(f"it holds the instruction {name}")
        if len(self.stack) > HIGHEST_STACK:
            refuse("it is built too high")

    def result(self) -> object:
        """What the whole pickle is."""
        if len(self.stack) != 1:
            refuse("it is malformed (its end comes too early)")
        _require_plain(self.stack[0])
        return self.stack[0]

    def pop(self, kind: type[Any] | tuple[type[Any], ...] = object) -> Any:
        """The topmost value, which is of this kind."""
        value = self.stack.pop()
        if isinstance(value, _Mark) or not isinstance(value, kind):
            refuse("it is malformed (a value is of the wrong kind)")
        return value

    def spend(self, elements: int) -> None:
        """Account for what one instruction is about to make."""
        self.elements += elements
        if self.elements > MOST_ELEMENTS:
            refuse("its arrays are too large")

    def pop_to_mark(self) -> list[Any]:
        """The values above the topmost mark, which goes too."""
        values = []
        while not isinstance(value := self.stack.pop(), _Mark):
            values.append(value)
        return values[::-1]

    def top(self, kind: type[Any]) -> Any:
        """The topmost value, which is of this kind and stays."""
        if type(self.stack[-1]) is not kind:
            refuse("it is malformed (a value is of the wrong kind)")
        return self.stack[-1]


def _require_plain(value: object) -> None:
    """Refuse what is too deep, contains itself, or is no data; each container is looked at once a level."""
    level: dict[int, Any] = {id(value): value}
    for _ in range(DEEPEST):
        inner: dict[int, Any] = {}
        for container in level.values():
            for member in _members(container):
                inner[id(member)] = member
        if not inner:
            return
        level = inner
    refuse("it is nested too deeply")


def _members(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple)):
        return list(value)
    if not isinstance(value, PLAIN):
        refuse("it holds something that is no data")
    return []


PLAIN = (str, bytes, int, float, type(None))
KEY = (str, bytes, int)


def _set_items(target: dict[Any, Any], items: list[Any]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, KEY):
            refuse("a key is neither text nor a number")
        target[key] = value


def _new_dict(items: list[Any]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    _set_items(made, items)
    return made


def _put(machine: _Machine, key: int) -> None:
    machine.memo[key] = machine.stack[-1]


def _memoize(machine: _Machine, _: Any) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _get(machine: _Machine, key: int) -> None:
    machine.stack.append(machine.memo[key])


def _append(machine: _Machine, _: Any) -> None:
    value = machine.pop()
    machine.top(list).append(value)


def _appends(machine: _Machine, _: Any) -> None:
    values = machine.pop_to_mark()
    machine.top(list).extend(values)


def _set_item(machine: _Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    _set_items(machine.top(dict), [key, value])


def _set_items_above_mark(machine: _Machine, _: Any) -> None:
    items = machine.pop_to_mark()
    _set_items(machine.top(dict), items)


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    def make(machine: _Machine, _: Any) -> None:
        values = [machine.pop() for _ in range(count)]
        machine.stack.append(tuple(reversed(values)))

    return make


def _above_mark(make: Callable[[list[Any]], object]) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, _: Any) -> None:
        machine.stack.append(make(machine.pop_to_mark()))

    return act


def _pushing(make: Callable[[], object]) -> Callable[[_Machine, Any], None]:
    def act(machine: _Machine, _: Any) -> None:
        machine.stack.append(make())

    return act


def _push_bytes(machine: _Machine, argument: Any) -> None:
    machine.stack.append(bytes(argument))


def _global(machine: _Machine, argument: Any) -> None:
    module, name = argument.split(" ")
    machine.stack.append(_known(Named(module, name)))


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.pop(str), machine.pop(str)
    machine.stack.append(_known(Named(module, name)))


def _known(found: Named) -> Named:
    if found not in CALLS and found != ARRAY:
        refuse(f"it asks for {found.module}.{found.name}"[:120])
    return found


def _reduce(machine: _Machine, _: Any) -> None:
    arguments, called = machine.pop(tuple), machine.pop(Named)
    if called not in CALLS:
        refuse(f"it calls {called.module}.{called.name}")
    machine.stack.append(CALLS[called](machine.spend, *arguments))


def _build(machine: _Machine, _: Any) -> None:
    state = machine.pop(tuple)
    set_state(machine.spend, machine.stack[-1], state)


VALUES = frozenset(
    f"{prefix}{kind}"
    for kind, prefixes in {
        "INT": ("", "BIN"),
        "INT1": ("BIN",),
        "INT2": ("BIN",),
        "LONG": ("",),
        "LONG1": ("",),
        "LONG4": ("",),
        "FLOAT": ("", "BIN"),
        "STRING": ("", "BIN", "SHORT_BIN"),
        "UNICODE": ("", "BIN", "SHORT_BIN"),
        "UNICODE8": ("BIN",),
        "BYTES": ("BIN", "SHORT_BIN"),
        "BYTES8": ("BIN",),
    }.items()
    for prefix in prefixes
)
"""Instructions whose argument is the value."""

ACTIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda _machine, _version: None,
    "FRAME": lambda _machine, _size: None,
    "STOP": lambda _machine, _nothing: None,
    "MARK": _pushing(lambda: MARK),
    "NONE": _pushing(lambda: None),
    "NEWTRUE": _pushing(lambda: True),
    "NEWFALSE": _pushing(lambda: False),
    "EMPTY_DICT": _pushing(dict),
    "EMPTY_LIST": _pushing(list),
    "EMPTY_TUPLE": _pushing(tuple),
    "DICT": _above_mark(_new_dict),
    "LIST": _above_mark(list),
    "TUPLE": _above_mark(tuple),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "BYTEARRAY8": _push_bytes,
    "APPEND": _append,
    "APPENDS": _appends,
    "SETITEM": _set_item,
    "SETITEMS": _set_items_above_mark,
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": _memoize,
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "BUILD": _build,
}
