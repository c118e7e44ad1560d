"""A rectangle of a picture that is searched with in the picture's place."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.records import RGB

_FOUR = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle in pixels of the upright picture; x and y count from its top left corner.

    Raises:
        InvalidRequestError: it begins outside any picture, or is empty.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.x, self.y) < 0 or min(self.width, self.height) < 1:
            raise InvalidRequestError(
                f"The crop {self} cannot be.", remedy="x and y are 0 or more, width and height 1 or more."
            )

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    @classmethod
    def parse(cls, text: str) -> Crop:
        """The crop that `x,y,width,height` says.

        Raises:
            InvalidRequestError: it is not four whole numbers, or they cannot be a crop.
        """
        if not (found := _FOUR.fullmatch(text)):
            raise InvalidRequestError(
                f"The crop {text[:60]!a} is not x,y,width,height.",
                remedy="Give four whole numbers, in pixels of the upright picture: 0,0,640,480.",
            )
        return cls(*map(int, found.groups()))

    def of(self, pixels: RGB) -> RGB:
        """This part of a picture (H, W, 3), as an array (height, width, 3) of its own.

        Raises:
            InvalidRequestError: it reaches beyond the picture.
        """
        height, width = pixels.shape[:2]
        if self.x + self.width > width or self.y + self.height > height:
            raise InvalidRequestError(
                f"The crop {self} reaches beyond the picture, which is {width} x {height} pixels.",
                remedy="Give x,y,width,height in pixels of the upright picture.",
            )
        return np.array(pixels[self.y : self.y + self.height, self.x : self.x + self.width], order="C")
