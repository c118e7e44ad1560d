"""How collections are called on a cluster, and back.

A collection is reached by an alias, `cbir-photos` (`cbir=lab-photos` in the namespace `lab`), behind which stands an
index with a generation, `cbir-photos+000001`. Index names have no uppercase letters: `A` is written `+a`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cbir.errors import InvalidRequestError

_NAMESPACE = re.compile(r"[a-z0-9]{0,20}")
_INDEX = re.compile(r"(?P<alias>.+)\+(?P<generation>[0-9]{6,})")
METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one namespace."""

    namespace: str = ""

    def __post_init__(self) -> None:
        if not _NAMESPACE.fullmatch(self.namespace):
            raise InvalidRequestError(
                f"The setting 'elasticsearch_namespace' cannot be {self.namespace!r}.",
                remedy="Use at most 20 lowercase letters and digits.",
            )

    @property
    def prefix(self) -> str:
        """What every alias of the namespace begins with."""
        return f"cbir={self.namespace}-" if self.namespace else "cbir-"

    @property
    def every(self) -> str:
        """The pattern of all aliases and indices of the namespace."""
        return f"{self.prefix}*"

    @property
    def metadata(self) -> str:
        """The index that holds what collections keep by key."""
        return f"cbir+{METADATA}+{self.namespace}" if self.namespace else f"cbir+{METADATA}"

    def alias(self, collection: str) -> str:
        """The alias of a collection."""
        return self.prefix + re.sub(r"[A-Z]", lambda letter: f"+{letter[0].lower()}", collection)

    def collection(self, alias: str) -> str:
        """The inverse of `alias`."""
        return re.sub(r"\+([a-z])", lambda letter: letter[1].upper(), alias.removeprefix(self.prefix))

    def index(self, collection: str, generation: int) -> str:
        """The index of a collection's n-th generation."""
        return f"{self.alias(collection)}+{generation:06d}"

    def generations(self, collection: str) -> str:
        """The pattern of all indices of a collection."""
        return f"{self.alias(collection)}+0*"

    def next_index(self, index: str) -> str:
        """The index that takes the place of ``index`` behind its alias."""
        found = _INDEX.fullmatch(index)
        if found is None:
            raise InvalidRequestError(f"'{index}' is not the index of a collection.")
        return f"{found['alias']}+{int(found['generation']) + 1:06d}"
