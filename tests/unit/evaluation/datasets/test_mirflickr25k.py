"""MIRFLICKR-25k by the paper's protocol: 100 labelled queries out of the gallery, one shared label is enough."""

from collections import Counter

import pytest
from tests.unit.evaluation.datasets.telling import gallery, judged, missing, stem

from cbir.errors import InvalidRequestError, NotFoundError

LABELS = [
    *("baby", "bird", "car", "clouds", "dog", "female", "flower"),
    *("male", "night", "people", "portrait", "river", "sea", "tree"),
]


def numbers(label):
    """Which of 300 images have a label: every third has none, one out of four has `people`, the rarest has 8."""
    step = 4 if label == "people" else 5 + 2 * LABELS.index(label)
    return [number for number in range(1, 301) if number % 3 and number % step == 0]


@pytest.fixture
def folder(make_pictures, make_lists):
    make_lists({f"annotations/{label}_r1.txt": numbers(label) for label in LABELS})
    make_lists({f"annotations/{label}.txt": range(1, 301) for label in (*LABELS, "animals", "sky")})
    make_lists(
        {"annotations/README.txt": ["Potential labels, and relevant ones."], "mirflickr/meta/tags1.txt": ["x"]}
    )
    return make_pictures([f"mirflickr/im{number}.jpg" for number in range(1, 301)])


def labels_of():
    found = {}
    for label in LABELS:
        for number in numbers(label):
            found.setdefault(f"im{number}", set()).add(label)
    return found


def test_a_hundred_labelled_queries_are_taken_out_of_the_gallery(folder, read):
    benchmark = read(folder)
    names = [query.name for query in benchmark.dataset.queries]
    assert len(set(names)) == 100
    assert set(names) <= set(labels_of())
    assert sorted([*names, *gallery(benchmark)]) == sorted(f"im{number}" for number in range(1, 301))
    assert benchmark.dataset.missing == ()
    assert [(query.crop, stem(query.image.path)) for query in benchmark.dataset.queries] == [(None, n) for n in names]


def test_only_the_relevant_labels_count_and_one_that_is_shared_is_enough(folder, read):
    benchmark = read(folder)
    labels = labels_of()
    found = judged(benchmark)
    assert set(found) == {query.name for query in benchmark.dataset.queries}
    for name, (relevant, junk) in found.items():
        assert relevant == sorted(other for other in gallery(benchmark) if labels[name] & labels.get(other, set()))
        assert junk == []


def test_the_labels_of_the_queries_keep_their_shares(folder, read):
    labels = labels_of()
    every = Counter(label for one in labels.values() for label in one)
    for seed in range(3):
        drawn = Counter(label for query in read(folder, seed=seed).dataset.queries for label in query.image.labels)
        for label, count in every.items():
            assert abs(drawn[label] - 100 * count / len(labels)) < 1


def test_the_draw_is_the_same_for_the_same_seed_and_no_other(folder, read):
    def names(seed):
        return [query.name for query in read(folder, seed=seed).dataset.queries]

    assert names(1) == names(1) != names(2)


def test_the_seed_stands_in_the_definition(folder, read):
    assert "seed 17" in read(folder, seed=17).protocols[0].definition


def test_images_and_label_files_that_are_not_there_are_listed(folder, read):
    (folder / "mirflickr/im4.jpg").unlink()
    (folder / "annotations/baby_r1.txt").unlink()
    assert missing(read(folder)) == ["baby_r1.txt", "im4.jpg"]


def test_the_same_picture_under_two_numbers_is_one_image_with_the_labels_of_both(folder, read):
    (folder / "mirflickr/im4.jpg").write_bytes((folder / "mirflickr/im5.jpg").read_bytes())
    dataset = read(folder).dataset
    (image,) = [one for one in (*dataset.images, *(q.image for q in dataset.queries)) if stem(one.path) == "im4"]
    assert set(image.labels) == labels_of()["im4"] | labels_of()["im5"]
    assert dataset.duplicates == 1
    assert len(dataset.images) == 300 - 100 - 1


def test_too_few_labelled_images_are_refused(make_pictures, make_lists, read):
    make_lists({"annotations/sea_r1.txt": range(1, 101)})
    folder = make_pictures([f"im{number}.jpg" for number in range(1, 111)])
    with pytest.raises(InvalidRequestError, match="has 100 images with a label"):
        read(folder)


def test_a_line_that_is_no_number_is_refused_by_its_place(folder, make_lists, read):
    make_lists({"annotations/sea_r1.txt": ["7", "im8"]})
    with pytest.raises(InvalidRequestError, match=r"sea_r1\.txt, line 2"):
        read(folder)


def test_pictures_without_annotations_are_refused(make_pictures, read):
    folder = make_pictures(["im1.jpg"])
    with pytest.raises(NotFoundError, match="no annotations"):
        read(folder, "mirflickr25k")
