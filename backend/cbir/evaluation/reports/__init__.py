"""Reports of evaluations: JSON for programs, TREC files for other graders, and a page for people."""
