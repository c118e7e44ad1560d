"""Which field of a request a failure is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cbir.api.problems import FieldProblem, ProblemError, of_error
from cbir.errors import CbirError


@contextmanager
def about(field: str) -> Iterator[None]:
    """Errors of the program within the block are about this field.

    Raises:
        ProblemError: in their place.
    """
    try:
        yield
    except CbirError as error:
        raise said_of(field, error) from error


def said_of(field: str, error: CbirError) -> ProblemError:
    """The problem that an error of the program is, with the field that it is about."""
    problem = of_error(error)
    return ProblemError(problem.kind, problem.detail, problem.remedy, [FieldProblem(field, error.message)])
