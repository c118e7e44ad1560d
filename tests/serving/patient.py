"""gunicorn's configuration for one thread that a client may keep for no longer than a second."""

from werkzeug.exceptions import ClientDisconnected

from cbir.serving import gunicorn_log, worker
from cbir.serving.bodies import careful

worker.STALLED_S = 1
worker_class = worker.Worker
logger_class = gunicorn_log.Log
wsgi_app = "tests.serving.patient:application"
sendfile = False
control_socket_disable = True


def _answer(environ, start_response):
    """The length of the body that came, or as many bytes as are asked for."""
    try:
        length = str(len(environ["wsgi.input"].read()))
    except ClientDisconnected as error:
        return error(environ, start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    asked = int(environ["QUERY_STRING"] or 0)
    return (b"x" * 65536 for _ in range(asked // 65536)) if asked else [length.encode()]


application = careful(_answer)
