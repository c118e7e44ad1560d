"""Every failure a person can cause or meet, as one tree.

    CbirError
    ├── InvalidRequestError          the caller asked for something that has no meaning
    │   ├── UnknownNameError         no such extractor, metric, …: "did you mean …?"
    │   └── MetricNotApplicableError the metric refuses this descriptor
    ├── NotFoundError                a collection, image or file that is not there
    ├── ConflictError                what is stored and what is asked do not fit
    │   ├── AlreadyExistsError
    │   ├── IdentityMismatchError    stored with other weights, version or parameters
    │   ├── SchemaVersionError       written by another version of the program
    │   └── UnfinishedCopyError      a copy of a collection that lacks part of it
    ├── ImageError                   one picture that cannot be read
    ├── DownloadError                a file that its address does not give, or gives with a wrong checksum
    ├── WeightsError                 weights missing, unreachable or with a wrong checksum
    ├── PluginError                  what another package adds cannot be loaded
    ├── StorageError                 the engine could not read or write its data
    │   ├── ReadOnlyError
    │   ├── StorageFullError
    │   ├── WriterBusyError          another process is writing to the collection
    │   ├── UnavailableError         the engine's server is away, or cannot answer in time
    │   ├── AccessRefusedError       the engine's server does not know or trust us, or we it
    │   └── CorruptDataError         stored data contradict themselves
    └── DescriptorError              a vector that no index may hold (NaN, wrong size, …)

The API maps a class to an HTTP status and the command line maps it to one line and exit code 1, each in one
table of its own.
"""

from __future__ import annotations


class CbirError(Exception):
    """Root of the tree: ``message`` names the thing, ``remedy`` says what to do about it."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidRequestError(CbirError):
    """The caller asked for something that has no meaning."""


class UnknownNameError(InvalidRequestError):
    """No extractor, metric, strategy, … has this name."""


class MetricNotApplicableError(InvalidRequestError):
    """The metric needs non-negative values and the descriptor can be negative."""


class NotFoundError(CbirError):
    """A collection, image or file that is not there."""


class ConflictError(CbirError):
    """What is stored and what is asked do not fit together."""


class AlreadyExistsError(ConflictError):
    """Something of this name is there already."""


class IdentityMismatchError(ConflictError):
    """Descriptors were stored with another version, other parameters or other weights."""


class SchemaVersionError(ConflictError):
    """The data were written by a version of the program that this one does not read."""


class UnfinishedCopyError(ConflictError):
    """A copy of a collection that is not finished, so that its answers would lack images."""


class ImageError(CbirError):
    """A picture that cannot be read."""


class DownloadError(CbirError):
    """A file that cannot be had from its address, or that is another one than expected."""


class WeightsError(CbirError):
    """Weights that are missing, unreachable or fail their checksum."""


class PluginError(CbirError):
    """What another package adds to this program cannot be loaded."""


class StorageError(CbirError):
    """The engine could not read or write its data."""


class ReadOnlyError(StorageError):
    """The data folder cannot be written."""


class StorageFullError(StorageError):
    """No space is left for the data."""


class WriterBusyError(StorageError):
    """Another process is writing to the collection."""


class UnavailableError(StorageError):
    """The engine's server is away, or cannot answer in time."""


class AccessRefusedError(StorageError):
    """The engine's server does not know or trust us (key, password, privilege), or we it (certificate)."""


class CorruptDataError(StorageError):
    """Stored data contradict themselves."""


class DescriptorError(CbirError):
    """A vector that no index may hold: NaN, infinity, wrong size, negative where that is refused."""
