"""What can go wrong with the server that tests need."""


class UnavailableError(Exception):
    """No Elasticsearch can be had on this machine: no Java, no Maven, or no answer from where it comes from."""


class StartError(Exception):
    """A server was started and did not come up; the text ends with the last lines of its log."""


class RefusedError(Exception):
    """A server answered a request with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text
