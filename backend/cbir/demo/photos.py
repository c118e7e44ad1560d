"""The photographs of the demo gallery: where the packages keep them, whose they are, under which terms."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cbir.errors import CbirError

_SKIMAGE_TERMS = "Distributed with scikit-image, whose documentation says: "
_FLICKR = "https://www.flickr.com/photos/"


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package that carries photographs."""

    module: str
    title: str
    """Its name as it is installed."""
    folder: str
    """Where its photographs are, below the module's folder."""

    def path(self) -> Path:
        """The folder of its photographs, found without importing the package (which takes a second).

        Raises:
            CbirError: the package is not installed.
        """
        spec = find_spec(self.module)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            return Path(location, self.folder)
        raise CbirError(
            f"The demo gallery is made from photographs in {self.title}, which is not installed.",
            remedy="Install it: pip install 'cbir[demo]'",
        )


SKIMAGE = Package("skimage", "scikit-image", "data")
SKLEARN = Package("sklearn", "scikit-learn", "datasets/images")


@dataclass(frozen=True, slots=True)
class Photo:
    """One scene."""

    name: str
    """Its folder in the gallery, and its label."""
    package: Package
    file: str
    """Name of its file in the package."""
    caption: str
    keywords: str
    """Split by semicolons."""
    terms: str
    """Origin and licence, as the package states them."""
    second_view: str = ""
    """Another photograph of the same scene in the package, from another place."""

    def path(self) -> Path:
        """Where the photograph is; see `Package.path`."""
        return self.package.path() / self.file

    def second_view_path(self) -> Path | None:
        """Where the other photograph is, if there is one."""
        return self.package.path() / self.second_view if self.second_view else None


def _skimage(  # noqa: PLR0913 (a row of the table below)
    name: str, file: str, caption: str, keywords: str, terms: str, *, second_view: str = ""
) -> Photo:
    return Photo(name, SKIMAGE, file, caption, keywords, _SKIMAGE_TERMS + terms, second_view)


PHOTOS = (
    _skimage(
        "astronaut",
        "astronaut.png",
        "Astronaut Eileen Collins",
        "person;portrait;space;flag",
        "NASA Great Images (https://flic.kr/p/r9qvLn), no known copyright restrictions, public domain.",
    ),
    _skimage(
        "brick-wall",
        "brick.png",
        "A brick wall",
        "texture;building;black and white",
        "CC0 1.0, from CC0Textures (https://cc0textures.com/view.php?tex=Bricks25).",
    ),
    _skimage(
        "cameraman",
        "camera.png",
        "A man with a camera on a tripod",
        "person;camera;black and white",
        "CC0 1.0 by the photographer, Lav Varshney.",
    ),
    _skimage(
        "cell",
        "cell.png",
        "A cell in saline, seen by phase microscopy",
        "science;microscope;black and white",
        "CC0 1.0, from Müller et al., Optics Express 26(8), 2018, doi:10.1364/OE.26.010729.",
    ),
    _skimage(
        "chelsea",
        "chelsea.png",
        "Chelsea the cat",
        "animal;cat;portrait",
        "CC0 1.0 by the photographer, Stefan van der Walt.",
    ),
    _skimage(
        "clock",
        "clock_motion.png",
        "A wall clock, blurred by the camera's motion",
        "object;blur;black and white",
        "released into the public domain by the photographer, Stefan van der Walt.",
    ),
    _skimage(
        "coffee",
        "coffee.png",
        "A cup of coffee",
        "food;drink;table",
        "CC0 1.0 by the photographer, Rachel Michetti; courtesy of Pikolo Espresso Bar.",
    ),
    _skimage(
        "coins",
        "coins.png",
        "Greek coins from Pompeii",
        "object;museum;black and white",
        "Brooklyn Museum Collection (https://www.brooklynmuseum.org/opencollection/archives/image/51611), "
        "no known copyright restrictions.",
    ),
    _skimage(
        "galaxies",
        "hubble_deep_field.jpg",
        "The Hubble eXtreme Deep Field",
        "space;stars;science",
        "NASA, public domain (http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/).",
    ),
    _skimage(
        "grass",
        "grass.png",
        "Grass",
        "texture;plant;black and white",
        "CC0 1.0, from DeviantArt (https://www.deviantart.com/linolafett/art/Grass-01-434853879).",
    ),
    _skimage(
        "gravel",
        "gravel.png",
        "Gravel",
        "texture;stone;black and white",
        "CC0 1.0, from CC0Textures (https://cc0textures.com/view.php?tex=Gravel04).",
    ),
    _skimage(
        "handwriting",
        "text.png",
        "Handwritten formulas",
        "text;black and white",
        "from Wikipedia (https://en.wikipedia.org/wiki/File:Corner.png), no known copyright restrictions.",
    ),
    _skimage(
        "moon",
        "moon.png",
        "The surface of the moon",
        "space;science;black and white",
        "nothing of its origin or licence.",
    ),
    _skimage(
        "motorcycle",
        "motorcycle_left.png",
        "A motorcycle in a garage",
        "vehicle;garage",
        "Middlebury 2014 stereo benchmark (Nesic, Westling, Wang, Kitajima, Krathwohl, Scharstein; GCPR 2014), "
        "http://vision.middlebury.edu/stereo/data/scenes2014/; no licence is named.",
        second_view="motorcycle_right.png",
    ),
    _skimage(
        "page",
        "page.png",
        "A page of a book",
        "text;black and white",
        "nothing of its origin or licence.",
    ),
    _skimage(
        "retina",
        "retina.jpg",
        "A human retina",
        "science;medicine;eye",
        "CC0 1.0, Mikael Häggström, 'Medical gallery of Mikael Häggström 2014', doi:10.15347/wjm/2014.008.",
    ),
    _skimage(
        "rocket",
        "rocket.jpg",
        "A Falcon 9 rocket on its launch pad at dusk",
        "vehicle;space;night",
        "public domain, SpaceX (https://www.flickr.com/photos/spacexphotos/16511594820/).",
    ),
    _skimage(
        "tissue",
        "ihc.png",
        "Stained tissue under a microscope",
        "science;medicine;microscope",
        "acquired at the Center for Microscopy and Molecular Imaging, no known copyright restrictions.",
    ),
    Photo(
        "flower",
        SKLEARN,
        "flower.jpg",
        "A dahlia in flower",
        "plant;flower;garden",
        f"Creative Commons Attribution 2.0, {_FLICKR}vultilion/6056698931/ (scikit-learn's README attributes it to "
        f"danielbuechele, {_FLICKR}vultilion/).",
    ),
    Photo(
        "pagoda",
        SKLEARN,
        "china.jpg",
        "A tower of the Summer Palace above the lake, China",
        "building;lake;travel",
        f"Creative Commons Attribution 2.0, danielbuechele, {_FLICKR}danielbuechele/6061409035/.",
    ),
)
