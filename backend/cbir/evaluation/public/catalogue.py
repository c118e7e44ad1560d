"""The public datasets that can be fetched, each with its official address, terms and what it should hold.

Checksums are those that the publisher states. Where none is stated none was invented: size and archive are checked,
and the SHA-256 of what came is recorded beside it, so that two machines can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cbir.download import RemoteFile

_OXFORD = "https://www.robots.ox.ac.uk/~vgg/data/oxbuildings"
_PARIS = "https://www.robots.ox.ac.uk/~vgg/data/parisbuildings"
_REVISITED = "https://cmp.felk.cvut.cz/revisitop/data/datasets"
_MIRFLICKR = "https://press.liacs.nl/mirflickr/mirflickr25k.v3b"
_FLICKR_TERMS = "Pictures by members of Flickr, under Flickr's terms of use and those of each photographer."


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a dataset."""

    file: RemoteFile
    folder: str = "."
    """Where it belongs below the dataset's folder: an archive is unpacked there, another file is put there."""


@dataclass(frozen=True, slots=True)
class PublicDataset:
    """A dataset of the field."""

    name: str
    summary: str
    format: str
    """The form in which `cbir evaluate` reads it."""
    images: int
    """Pictures that it holds when it is whole."""
    parts: tuple[Part, ...]
    """What is fetched; none where the publisher has no address that a program may use."""
    terms: str
    page: str
    """Where a person reads about it."""
    cite: str
    by_hand: str = ""
    """How to get it, where nothing can be fetched."""

    @property
    def size(self) -> int:
        """Bytes to be fetched, as far as the publisher states them."""
        return sum(part.file.size for part in self.parts)


_OXFORD_IMAGES = Part(RemoteFile(f"{_OXFORD}/oxbuild_images-v1.tgz"), "images")
_PARIS_IMAGES = tuple(Part(RemoteFile(f"{_PARIS}/paris_{n}-v1.tgz"), "images") for n in (1, 2))
_PHILBIN = "Philbin, Chum, Isard, Sivic, Zisserman, CVPR"
_RADENOVIC = "Radenović, Iscen, Tolias, Avrithis, Chum: Revisiting Oxford and Paris, CVPR 2018"

CATALOGUE: Mapping[str, PublicDataset] = {
    one.name: one
    for one in (
        PublicDataset(
            name="mirflickr25k",
            summary="25,000 photographs of Flickr with 24 topics: the set of the 2017 paper",
            format="mirflickr25k",
            images=25_000,
            parts=(
                Part(
                    RemoteFile(
                        f"{_MIRFLICKR}/mirflickr25k.zip", 3_069_184_257, md5="a23d0a8564ee84cda5622a6c2f947785"
                    )
                ),
                Part(
                    RemoteFile(
                        f"{_MIRFLICKR}/mirflickr25k_annotations_v080.zip",
                        207_220,
                        md5="aa0138c79892b1b670184d142380948f",
                    ),
                    "annotations",
                ),
            ),
            terms="Creative Commons licences of each photographer (attribution; named in the archive).",
            page="https://press.liacs.nl/mirflickr/",
            cite="Huiskes, Lew: The MIR Flickr Retrieval Evaluation, MIR 2008",
        ),
        PublicDataset(
            name="oxford5k",
            summary="5,062 photographs of Oxford, 55 queries for 11 buildings",
            format="oxford5k",
            images=5_062,
            parts=(_OXFORD_IMAGES, Part(RemoteFile(f"{_OXFORD}/gt_files_170407.tgz"), "ground_truth")),
            terms=f"{_FLICKR_TERMS} The Visual Geometry Group's terms of access.",
            page="https://www.robots.ox.ac.uk/~vgg/data/oxbuildings/",
            cite=f"{_PHILBIN} 2007",
        ),
        PublicDataset(
            name="paris6k",
            summary="6,412 photographs of Paris, 55 queries for 11 landmarks (20 files are known to be broken)",
            format="paris6k",
            images=6_412,
            parts=(*_PARIS_IMAGES, Part(RemoteFile(f"{_PARIS}/paris_120310.tgz"), "ground_truth")),
            terms=f"{_FLICKR_TERMS} The Visual Geometry Group's terms of access.",
            page="https://www.robots.ox.ac.uk/~vgg/data/parisbuildings/",
            cite=f"{_PHILBIN} 2008",
        ),
        PublicDataset(
            name="roxford5k",
            summary="Oxford with revised ground truth: 70 queries, easy, medium and hard",
            format="revisited",
            images=5_063,
            parts=(_OXFORD_IMAGES, Part(RemoteFile(f"{_REVISITED}/roxford5k/gnd_roxford5k.pkl"))),
            terms=f"{_FLICKR_TERMS} The Visual Geometry Group's terms of access.",
            page="https://cmp.felk.cvut.cz/revisitop/",
            cite=_RADENOVIC,
        ),
        PublicDataset(
            name="rparis6k",
            summary="Paris with revised ground truth: 70 queries, easy, medium and hard",
            format="revisited",
            images=6_392,
            parts=(*_PARIS_IMAGES, Part(RemoteFile(f"{_REVISITED}/rparis6k/gnd_rparis6k.pkl"))),
            terms=f"{_FLICKR_TERMS} The Visual Geometry Group's terms of access.",
            page="https://cmp.felk.cvut.cz/revisitop/",
            cite=_RADENOVIC,
        ),
        PublicDataset(
            name="ukbench",
            summary="10,200 photographs of 2,550 objects, four each (N-S score)",
            format="ukbench",
            images=10_200,
            parts=(Part(RemoteFile("https://archive.org/download/ukbench/ukbench.zip")),),
            terms="For research; the archive states its terms.",
            page="https://archive.org/details/ukbench",
            cite="Nistér, Stewénius: Scalable Recognition with a Vocabulary Tree, CVPR 2006",
        ),
        PublicDataset(
            name="caltech101",
            summary="9,144 pictures of 101 kinds of objects and a background class",
            format="class-folders",
            images=9_144,
            parts=(
                Part(
                    RemoteFile(
                        "https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip",
                        md5="3138e1922a9193bfa496528edbbc45d0",
                    )
                ),
            ),
            terms="CC BY 4.0",
            page="https://doi.org/10.22002/D1.20086",
            cite="Li, Andreeto, Ranzato, Perona: Caltech 101, CaltechDATA 2022",
        ),
        PublicDataset(
            name="holidays",
            summary="1,491 holiday photographs, 500 queries",
            format="holidays",
            images=1_491,
            parts=(),
            terms="For research; pictures remain with INRIA's authors.",
            page="https://thoth.inrialpes.fr/~jegou/data.php.html",
            cite="Jégou, Douze, Schmid: Hamming Embedding and Weak Geometric Consistency, ECCV 2008",
            by_hand=(
                "INRIA offers jpg1.tar.gz and jpg2.tar.gz by FTP only, without encryption or checksums. Get them "
                "from the page, unpack both into one folder, and evaluate that folder."
            ),
        ),
        PublicDataset(
            name="oxford105k",
            summary="Oxford with 100,071 further photographs of Flickr as distractors",
            format="oxford105k",
            images=105_133,
            parts=(),
            terms=_FLICKR_TERMS,
            page="https://www.robots.ox.ac.uk/~vgg/data/oxbuildings/flickr100k.html",
            cite=f"{_PHILBIN} 2007",
            by_hand=(
                "The distractors are given out by their page. Fetch oxford5k, and unpack them beside its images "
                "(`docs/datasets.md` shows the folders)."
            ),
        ),
        PublicDataset(
            name="corel1k",
            summary="1,000 photographs in ten classes: the classic of CBIR",
            format="corel1k",
            images=1_000,
            parts=(),
            terms="Corel's stock photographs: for research, not to be passed on.",
            page="http://wang.ist.psu.edu/docs/related/",
            cite="Wang, Li, Wiederhold: SIMPLIcity, TPAMI 23(9), 2001",
            by_hand="Its authors ask you to take it from their page.",
        ),
    )
}
