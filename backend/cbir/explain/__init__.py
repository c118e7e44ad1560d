"""Why an image was found, and what a descriptor sees: scores and descriptors taken apart."""
