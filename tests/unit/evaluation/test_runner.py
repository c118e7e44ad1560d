"""The whole evaluation: hand-checked on five pictures, by brute force on random ones, and on real photographs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from tests.unit.evaluation.reading import read_labelled_folder

from cbir.errors import InvalidRequestError, UnknownNameError
from cbir.evaluation.dataset import Dataset, LabelledImage
from cbir.evaluation.descriptors import Described
from cbir.evaluation.measures import AveragePrecision, Precision
from cbir.evaluation.rankers import InMemory
from cbir.evaluation.runner import Plan, evaluate
from cbir.extractors import EXTRACTORS
from cbir.metrics import METRICS, search_metrics
from cbir.progress import Silent
from cbir.records import Identity
from cbir.strategies import STRATEGIES
from cbir.strategies.base import Strategy

EUCLIDEAN = Plan([METRICS.get("euclidean")])


@pytest.fixture
def random_set(mean_colour):
    """120 random histograms (30,) with one to three of eight labels; the last ten without a label."""
    random = np.random.default_rng(11)
    matrix = random.gamma(0.4, size=(120, 30)).astype(np.float32)
    matrix[40:44] = matrix[44]
    labels = [frozenset(random.choice(list("abcdefgh"), random.integers(1, 4)).tolist()) for _ in range(110)]
    labels += [frozenset()] * 10
    images = tuple(LabelledImage(f"{i:064x}", f"/{i}.jpg", own) for i, own in enumerate(labels))
    identity = Identity("mean-colour", 1, 30, non_negative=True)
    return Described(Dataset("random", images), (mean_colour,), {"mean-colour": matrix}, {"mean-colour": identity})


def test_five_pictures_by_hand(reds_and_blues, describer, mean_colour):
    """Each red's nearest is the other red, each blue's the other blue: all grades are 1, but P@10, which is 1/10."""
    described = describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], Silent())
    evaluation = evaluate(described, EUCLIDEAN)
    found = evaluation.to_json()
    (result,) = found.pop("results")
    assert found == {"dataset": "pictures", "protocol": "leave-one-out", "images": 5, "queries": 4}
    assert result.pop("seconds") >= 0
    assert result == {
        "extractor": "mean-colour",
        "metric": "euclidean",
        "strategy": "exact",
        "map_at_100": 1.0,
        "map_at_100_trec": 1.0,
        "map": 1.0,
        "precision_at_1": 1.0,
        "precision_at_10": pytest.approx(0.1),
    }
    assert evaluation.unlabelled == 1


@pytest.mark.parametrize(
    ("reach", "measures", "said"),
    [
        (50, [Precision(10), AveragePrecision()], True),
        (50, [AveragePrecision(60)], True),
        (50, [Precision(10), AveragePrecision(50)], False),
        (120, [AveragePrecision()], False),
    ],
)
def test_rankings_that_end_before_a_measure_does_are_told(random_set, reach, measures, said):
    class Cut(InMemory):
        def rank(self, *asked):
            for one in super().rank(*asked):
                yield replace(one, order=one.order[: self.reach + 1])

    ranker = Cut(random_set)
    ranker.reach = reach
    plan = Plan([METRICS.get("euclidean")], measures=measures)
    told = evaluate(random_set, plan, ranker=ranker).protocol_definition
    assert ("Only the first 50 images of each ranking" in told) == said
    assert told.startswith(plan.protocol.definition)


def test_a_query_whose_partner_lies_behind_others_by_hand(make_dataset, describer, mean_colour):
    """Greys 0, 10, 20, 40; labels x y x y. By distance: 0 finds 10 20 40 and 40 finds 20 10 0 (partner second);
    10 finds 0 and 20 at equal distance, then 40 (partner third); 20 finds 10, then 0 and 40 at equal distance, by id.
    """
    folder = make_dataset(
        {f"{grey}.png": (grey, grey, grey) for grey in (0, 10, 20, 40)},
        "path,labels\nimages/0.png,x\nimages/10.png,y\nimages/20.png,x\nimages/40.png,y\n",
    )
    dataset = read_labelled_folder(str(folder))
    evaluation = evaluate(describer.describe(dataset, [mean_colour], Silent()), EUCLIDEAN)
    ids = {image.path.rsplit("/")[-1]: image.id for image in dataset.images}
    twenty = 1 / 2 if ids["0.png"] < ids["40.png"] else 1 / 3
    expected = {ids["0.png"]: 1 / 2, ids["10.png"]: 1 / 3, ids["20.png"]: twenty, ids["40.png"]: 1 / 2}
    grades = evaluation.results[0].grades[AveragePrecision()]
    names = [query.name for query in evaluation.queries]
    assert dict(zip(names, grades.tolist(), strict=True)) == pytest.approx(expected)


@pytest.mark.parametrize("metric", METRICS.names())
def test_every_metric_agrees_with_brute_force(metric, random_set):
    """Scores by the formula in float64, ranking by sorting, AP by its definition and by scikit-learn."""
    evaluation = evaluate(random_set, Plan([METRICS.get(metric)]))
    matrix, images = random_set.descriptors["mean-colour"], random_set.dataset.images
    (result,) = evaluation.results
    assert len(evaluation.queries) == 110
    for row, query in enumerate(int(query.name, 16) for query in evaluation.queries):
        scores = METRICS.get(metric).score(matrix[query], matrix)
        keys = -scores if METRICS.get(metric).larger_is_better else scores
        order = [i for i in sorted(range(120), key=lambda i: (keys[i], i)) if i != query]
        grades = [bool(images[i].labels & images[query].labels) for i in order]
        expected = average_precision_score(grades, -np.arange(len(order), dtype=float))
        assert result.grades[AveragePrecision()][row] == pytest.approx(expected, abs=1e-12)
        assert result.grades[Precision(10)][row] == pytest.approx(sum(grades[:10]) / 10, abs=1e-12)


def test_tops_scores_and_curves_agree_with_brute_force(random_set):
    """The first 20 of each ranking, the query taken out; the curves are the means of P@i and recall@i."""
    metric = METRICS.get("intersection")
    evaluation = evaluate(random_set, Plan([metric], depth=20))
    matrix, images = random_set.descriptors["mean-colour"], random_set.dataset.images
    (result,) = evaluation.results
    precisions, recalls = [], []
    for row, query in enumerate(int(query.name, 16) for query in evaluation.queries):
        scores = metric.score(matrix[query], matrix)
        order = [i for i in sorted(range(120), key=lambda i: (-scores[i], i)) if i != query]
        relevant = np.array([bool(images[i].labels & images[query].labels) for i in order])
        assert result.top[row].tolist() == order[:20]
        assert result.top_scores[row] == pytest.approx(scores[order[:20]], rel=1e-12)
        assert result.top_relevant[row].tolist() == relevant[:20].tolist()
        assert result.relevant_counts[row] == relevant.sum()
        precisions.append([relevant[:i].sum() / i for i in range(1, 101)])
        recalls.append([relevant[:i].sum() / relevant.sum() for i in range(1, 101)])
    assert result.precisions == pytest.approx(np.mean(precisions, axis=0))
    assert result.recalls == pytest.approx(np.mean(recalls, axis=0))


def test_a_top_is_no_longer_than_the_ranking(reds_and_blues, describer, mean_colour):
    """Of five pictures, each finds four others; the sixth place is empty."""
    described = describer.describe(read_labelled_folder(str(reds_and_blues)), [mean_colour], Silent())
    (result,) = evaluate(described, replace(EUCLIDEAN, depth=6)).results
    assert ((result.top >= 0).sum(axis=1) == 4).all()
    assert (np.isfinite(result.top_scores) == (result.top >= 0)).all()
    assert result.relevant_counts.tolist() == [1, 1, 1, 1]
    assert (result.dims, result.bytes_per_image, result.exact) == (3, 12, True)
    assert result.identity == mean_colour.identity(None)
    assert result.key == "mean-colour/euclidean/exact"


def test_a_mean_is_over_the_queries(random_set):
    (result,) = evaluate(random_set, EUCLIDEAN).results
    for measure, grades in result.grades.items():
        assert result.to_json()[measure.mean_key] == pytest.approx(sum(grades) / 110)


def test_only_the_measures_that_are_planned_are_graded(random_set):
    plan = Plan([METRICS.get("cosine")], measures=[Precision(3)])
    (result,) = evaluate(random_set, plan).to_json()["results"]
    assert set(result) == {"extractor", "metric", "strategy", "precision_at_3", "seconds"}


def test_a_pair_without_meaning_is_listed_and_the_others_are_graded(random_set, mean_colour):
    signed = type(mean_colour)(name="signed", non_negative=False)
    holding_nan = type(mean_colour)(name="nan")
    negative = type(mean_colour)(name="negative")
    matrix = random_set.descriptors["mean-colour"]
    with_nan, with_negative = matrix.copy(), matrix.copy()
    with_nan[3, 3] = np.nan
    with_negative[3, 3] = -1
    described = replace(
        random_set,
        extractors=(signed, holding_nan, negative),
        descriptors={"signed": matrix, "nan": with_nan, "negative": with_negative},
        identities=dict.fromkeys(("signed", "nan", "negative"), random_set.identities["mean-colour"]),
    )
    evaluation = evaluate(described, Plan([METRICS.get("euclidean"), METRICS.get("chi2")]))
    assert [(result.extractor, result.metric) for result in evaluation.results] == [
        ("signed", "euclidean"),
        ("negative", "euclidean"),
    ]
    refused = evaluation.account_to_json()["not_applicable"]
    assert [(one["extractor"], one["metric"]) for one in refused] == [
        ("signed", "chi2"),
        ("nan", "euclidean"),
        ("nan", "chi2"),
        ("negative", "chi2"),
    ]
    assert all(one["reason"] for one in refused)


def test_what_was_left_out_is_accounted_for(make_dataset, describer, mean_colour):
    folder = make_dataset(
        {"a.png": "red", "b.png": "blue", "copy.png": "blue", "c.png": "lime", "d.png": "white"},
        "path,labels\nimages/a.png,x\nimages/b.png,x\nimages/c.png,alone\nimages/gone.png,x\n",
    )
    (folder / "images/bad.png").write_bytes(b"no picture")
    (folder / "images/notes.txt").write_text("x")
    dataset = read_labelled_folder(str(folder))
    account = evaluate(describer.describe(dataset, [mean_colour], Silent()), EUCLIDEAN).account_to_json()
    (failed,) = account.pop("failed")
    assert failed["path"] == str(folder / "images/bad.png")
    assert account == {
        "unlabelled": 1,
        "without_relevant": 1,
        "missing": [str(folder / "images/gone.png")],
        "duplicates": 1,
        "passed_over": 1,
        "not_applicable": [],
    }


def test_it_all_is_json(random_set):
    evaluation = evaluate(random_set, EUCLIDEAN)
    assert json.loads(json.dumps(evaluation.to_json())) == evaluation.to_json()
    json.dumps(evaluation.account_to_json())


def test_a_strategy_that_is_unknown_or_needs_an_index_is_refused(random_set, monkeypatch):
    with pytest.raises(UnknownNameError, match="exct"):
        evaluate(random_set, replace(EUCLIDEAN, strategies=["exct"]))
    monkeypatch.setitem(STRATEGIES._factories, "graph", lambda: Strategy("graph", "", "", exact=False))
    with pytest.raises(InvalidRequestError, match="needs a collection"):
        evaluate(random_set, replace(EUCLIDEAN, strategies=["graph"]))


def test_progress_names_every_cell_and_counts_its_queries(random_set):
    class Noting(Silent):
        def __init__(self):
            self.tasks = []

        def start(self, task, total):
            self.tasks.append([task, total, 0])

        def advance(self, steps=1):
            self.tasks[-1][2] += steps

    noting = Noting()
    evaluate(random_set, Plan([METRICS.get("chi2"), METRICS.get("cosine")]), noting)
    assert noting.tasks == [
        ["Evaluating mean-colour with chi2 (1 of 2)", 110, 110],
        ["Evaluating mean-colour with cosine (2 of 2)", 110, 110],
    ]


def test_on_real_photographs_variants_are_found_by_colour(gallery, describer):
    """By colour histograms alone, most nearest images show the same scene, under every metric."""
    dataset = read_labelled_folder(str(gallery))
    described = describer.describe(dataset, [EXTRACTORS.get("hist-basic")], Silent())
    evaluation = evaluate(described, Plan(search_metrics()))
    assert evaluation.account_to_json()["failed"] == []
    assert len(evaluation.queries) == len(dataset.images)
    chance = np.mean([sum(bool(a.labels & b.labels) for b in dataset.images) - 1 for a in dataset.images]) / len(
        dataset.images
    )
    for result in evaluation.results:
        assert result.mean(Precision(1)) > 0.6
        assert result.mean(AveragePrecision(100)) > 8 * chance


def test_the_unchanged_copies_of_a_photograph_are_its_nearest(gallery, describer):
    """An original's three variants with (nearly) its own pixels come first, before any other scene, under chi2."""
    dataset = read_labelled_folder(str(gallery))
    described = describer.describe(dataset, [EXTRACTORS.get("hist-basic")], Silent())
    names = [tuple(image.path.split("/")[-2:]) for image in dataset.images]
    matrix = described.descriptors["hist-basic"]
    for scene in ("chelsea", "pagoda", "motorcycle", "flower"):
        query = next(i for i, (folder, name) in enumerate(names) if folder == scene and name.startswith("original"))
        order = np.argsort(METRICS.get("chi2").score(matrix[query], matrix), kind="stable")
        assert order[0] == query
        assert [names[i][0] for i in order[1:4]] == [scene] * 3
