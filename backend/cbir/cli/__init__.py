"""The command line: one module a command. Heavy imports stand inside the commands, so that `--help` is quick."""
