"""`python -m cbir.serving.web`: the command `gunicorn`, without what it does about the current folder."""

from __future__ import annotations

from gunicorn.app.wsgiapp import WSGIApplication


class Web(WSGIApplication):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's command line."""

    def chdir(self) -> None:
        """Stay, and take no modules from here: gunicorn would look for them in the current folder first."""


if __name__ == "__main__":
    Web("%(prog)s --config FILE --bind ADDRESS").run()
