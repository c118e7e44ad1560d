"""Where datasets come from: one module a form in which they are kept."""
