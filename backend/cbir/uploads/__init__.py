"""Pictures that were sent to the server: the only image files that belong to the program, and their trash."""

from cbir.uploads.store import Stored, Uploads
from cbir.uploads.trash import TrashEntry

__all__ = ["Stored", "TrashEntry", "Uploads"]
