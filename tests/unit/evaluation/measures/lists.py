"""Relevance lists written down as text."""

import numpy as np

from cbir.evaluation.measures import Relevance


def relevance(text, relevant=None):
    """`"1011"`: ranks 1, 3 and 4 are relevant; R is what the list holds unless it is given."""
    grades = np.array([letter == "1" for letter in text], bool)
    return Relevance(grades, int(grades.sum()) if relevant is None else relevant)
