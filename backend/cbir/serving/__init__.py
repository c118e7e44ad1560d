"""The server as processes: a supervisor, and the describer, the job runner and the web server that it starts."""
