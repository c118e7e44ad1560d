"""What becomes of a photograph in life: the same picture cropped, recompressed, recoloured and so on.

Every variant is a function of the picture and of a random generator that is seeded by scene and variant, so that
it is the same each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont

JPEG = {"format": "JPEG", "quality": 90}
ORIENTATION = 0x0112
"""The EXIF tag; 6 says: turn a quarter clockwise to see it upright."""


def cropped(image: Image.Image, random: Random) -> Image.Image:
    """Between 65 and 80 percent of each side, somewhere about the middle."""
    width, height = (round(side * random.uniform(0.65, 0.80)) for side in image.size)
    left = round((image.width - width) * random.uniform(0.25, 0.75))
    top = round((image.height - height) * random.uniform(0.25, 0.75))
    return image.crop((left, top, left + width, top + height))


def rotated(image: Image.Image, random: Random) -> Image.Image:
    """By 5 to 12 degrees to either side, less the empty corners: the largest upright rectangle of the picture's
    proportions that lies wholly inside the rotated one.
    """
    angle = random.uniform(5, 12) * random.choice((-1, 1))
    radians = math.radians(abs(angle))
    longer = max(image.size) / min(image.size)
    scale = 1 / (math.cos(radians) + longer * math.sin(radians))
    # a pixel less on each side: interpolation reaches that far out
    width, height = (math.floor(side * scale) - 2 for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    return turned.crop((left, top, left + width, top + height))


def quarter_turn(image: Image.Image, random: Random) -> Image.Image:
    """Lying on one side or the other."""
    return image.transpose(random.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)))


def small(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001 (all variants take the same)
    """A thumbnail of at most 128 pixels."""
    thumbnail = image.copy()
    thumbnail.thumbnail((128, 128))
    return thumbnail


def unchanged(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """Only the file format differs."""
    return image


def warmer(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """As with a white balance for colder light."""
    return _with_gains(image, (1.15, 1.00, 0.75))


def colder(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """As with a white balance for warmer light."""
    return _with_gains(image, (0.80, 0.97, 1.18))


def greyscale(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """Without colour."""
    return image.convert("L")


def brighter(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """Shadows lifted, lights kept."""
    return image.point([round(255 * (value / 255) ** 0.6) for value in range(256)] * len(image.getbands()))


def mirrored(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """Left and right exchanged."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def blurred(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """Out of focus, by the same share of any picture's size."""
    return image.filter(ImageFilter.GaussianBlur(max(image.size) / 160))


def stored_sideways(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """Pixels lie on their side; the file's EXIF orientation, in `Variant.save`, turns them upright."""
    return image.transpose(Image.Transpose.ROTATE_90)


def watermarked(image: Image.Image, random: Random) -> Image.Image:  # noqa: ARG001
    """A picture agency's mark across the middle and a line of credit below, white with a dark rim."""
    diagonal = math.hypot(*image.size)
    mark = Image.new("RGBA", image.size)
    _write(mark, "PHOTO AGENCY", (image.width / 2, image.height / 2), diagonal / 12, "mm")
    angle = math.degrees(math.atan2(image.height, image.width)) / 2
    mark = mark.rotate(angle, Image.Resampling.BICUBIC)
    edge = min(image.size) / 40
    _write(mark, "© photo-agency.example", (image.width - edge, image.height - edge), diagonal / 45, "rs")
    return Image.alpha_composite(image.convert("RGBA"), mark).convert("RGB")


def _with_gains(image: Image.Image, gains: tuple[float, float, float]) -> Image.Image:
    table = [min(255, round(value * gain)) for gain in gains for value in range(256)]
    return image.convert("RGB").point(table)


def _write(image: Image.Image, text: str, at: tuple[float, float], size: float, anchor: str) -> None:
    rim = max(1, round(size / 24))
    ImageDraw.Draw(image).text(
        at,
        text,
        font=ImageFont.load_default(max(10.0, size)),
        anchor=anchor,
        fill=(255, 255, 255, 165),
        stroke_width=rim,
        stroke_fill=(0, 0, 0, 110),
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """One fate of a photograph."""

    name: str
    extension: str
    make: Callable[[Image.Image, Random], Image.Image]
    save: Mapping[str, Any] = field(default_factory=lambda: JPEG)
    """Options of Pillow's `save`; HEIC is written by pillow-heif."""
    needs_colour: bool = False
    """Would be no variant of a picture that is greyscale already."""
    exif: Mapping[int, int] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.name}.{self.extension}"

    def encoded(self, image: Image.Image, random: Random) -> bytes:
        """The variant's file."""
        made = self.make(image, random)
        stream = BytesIO()
        if self.extension == "heic":
            import pillow_heif

            pillow_heif.from_pillow(made).save(stream, **self.save)
            return stream.getvalue()
        exif = Image.Exif()
        exif.update(self.exif)
        made.save(stream, exif=exif, **self.save)
        return stream.getvalue()


VARIANTS = (
    Variant("cropped", "jpg", cropped),
    Variant("rotated", "jpg", rotated),
    Variant("quarter-turn", "jpg", quarter_turn),
    Variant("exif-turned", "jpg", stored_sideways, exif={ORIENTATION: 6}),
    Variant("small", "jpg", small),
    Variant("recompressed", "jpg", unchanged, {"format": "JPEG", "quality": 20}),
    Variant("warmer", "jpg", warmer),
    Variant("colder", "webp", colder, {"format": "WEBP", "quality": 85}),
    Variant("greyscale", "png", greyscale, {"format": "PNG"}, needs_colour=True),
    Variant("brighter", "jpg", brighter),
    Variant("watermarked", "jpg", watermarked),
    Variant("mirrored", "webp", mirrored, {"format": "WEBP", "quality": 85}),
    Variant("blurred", "jpg", blurred),
    Variant("phone", "heic", unchanged, {"quality": 60, "enc_params": {"preset": "ultrafast"}}),
)
