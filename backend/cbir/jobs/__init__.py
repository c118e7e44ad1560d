"""Long work apart from those who ask for it: a queue on disk, a runner, and a process of its own for each job."""
