"""Reports of evaluations as `cbir evaluate` keeps them, written by hand so that every figure in them is known."""

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

CHI2, COSINE = "hist-basic/chi2/exact", "hist-basic/cosine/exact"
MEASURES = ("AP@100", "P@1")
FIRST = datetime(2026, 11, 22, 14, 15, tzinfo=UTC)
PAGE = "<!doctype html><title>a report</title>"


@dataclass
class WrittenReport:
    """A report with two results; its queries are its images.

    Each image's labels, and each query's grades, are given by its place. Every ranking is all other images in order.
    """

    ids: list[str]
    paths: list[Path]
    labels: list[list[str]]
    grades: dict[str, dict[str, list[float]]]
    name: str = "photos-20261122T141500Z"
    created_at: datetime = FIRST
    changes: dict = field(default_factory=dict)
    """Of `report.json`."""

    def write(self, folder: Path) -> Path:
        """Write its files below the folder of all reports."""
        place = folder / self.name
        (place / "runs").mkdir(parents=True)
        documents = {"report": self.report() | self.changes, "queries": self.queries(), "images": self.images()}
        for name, document in documents.items():
            (place / f"{name}.json").write_text(json.dumps(document))
        (place / "report.html").write_text(PAGE)
        (place / "qrels.txt").write_text("".join(self._qrels()))
        for key in (CHI2, COSINE):
            sign = -1 if key == CHI2 else 1
            with gzip.open(place / run_of(key), "wt") as run:
                run.writelines(self._run(sign))
        return place

    def report(self):
        return {
            "version": 1,
            "name": self.name,
            "created_at": self.created_at.isoformat(),
            "cbir_version": "0.1.0",
            "dataset": "photos",
            "format": "labelled-folder",
            "protocol": "leave-one-out",
            "protocol_definition": "Every image with a label is a query.",
            "label_column": "labels",
            "where": None,
            "engine": None,
            "images": len(self.ids),
            "queries": len(self.ids),
            "options": {"seed": 0},
            "command": "cbir evaluate photos",
            "account": {
                "unlabelled": 1,
                "without_relevant": 2,
                "missing": ["gone.png"],
                "duplicates": 3,
                "passed_over": 4,
                "failed": [{"path": "broken.jpg", "reason": "It is damaged.", "remedy": "Restore it."}],
                "not_applicable": [{"extractor": "coded", "metric": "chi2", "reason": "It has negative values."}],
            },
            "measures": [
                {"name": name, "key": f"key_{place}", "definition": f"definition of {name}", "maximum": 1.0}
                for place, name in enumerate(MEASURES)
            ],
            "primary_measure": MEASURES[0],
            "labels": [{"label": "all", "queries": len(self.ids), "images": len(self.ids)}],
            "results": [self._result(CHI2), self._result(COSINE)],
            "comparisons": [
                {
                    "measure": MEASURES[0],
                    "a": CHI2,
                    "b": COSINE,
                    "difference": 0.25,
                    "interval": [0.125, 0.375],
                    "p_value": 0.001,
                    "p_adjusted": 0.002,
                    "significant": True,
                    "better": 3,
                    "worse": 1,
                }
            ],
            "comparison_method": "a paired test",
            "best": {"by_extractor": {"hist-basic": CHI2}, "by_metric": {"chi2": CHI2}, "overall": CHI2},
        }

    def _result(self, key):
        extractor, metric, strategy = key.split("/")
        means = {name: sum(grades) / len(grades) for name, grades in self.grades[key].items()}
        return {
            "key": key,
            "extractor": extractor,
            "metric": metric,
            "strategy": strategy,
            "exact": True,
            "means": means,
            "intervals": {name: [mean - 0.125, mean + 0.125] for name, mean in means.items()},
            "precision_curve": [0.5] * 100,
            "recall_curve": [0.75] * 100,
            "by_label": [{"label": "all", "queries": len(self.ids), "means": means}],
            "seconds": 1.5,
            "ms_per_query": 2.5,
            "bytes_per_image": 1620,
            "dims": 405,
            "identity": {"name": extractor, "version": 1},
            "run": run_of(key),
        }

    def queries(self):
        queries = [
            {"name": one, "id": one, "path": f"images/{path.name}", "labels": labels, "crop": None, "relevant": 2}
            for one, path, labels in zip(self.ids, self.paths, self.labels, strict=True)
        ]
        return {"queries": queries, "grades": self.grades}

    def images(self):
        return {
            one: {"path": str(path), "shown": f"images/{path.name}", "labels": labels}
            for one, path, labels in zip(self.ids, self.paths, self.labels, strict=True)
        }

    def others(self, query):
        return [one for one in self.ids if one != query]

    def _run(self, sign):
        """Scores 0.5, 1.5, …, or what a run has of them: more is better there."""
        for query in self.ids:
            for rank, one in enumerate(self.others(query), start=1):
                score = rank - 0.5 if sign < 0 else 100.5 - rank
                yield f"{query} Q0 {one} {rank} {sign * score} cbir\n"

    def _qrels(self):
        """The first of the other images is relevant, the second is junk."""
        for query in self.ids:
            yield f"{query} 0 {self.others(query)[0]} 1\n"
            yield f"{query} 0 {self.others(query)[1]} -1\n"


def run_of(key):
    return f"runs/{key.replace('/', '.')}.txt.gz"


def later(report: WrittenReport, hours: int) -> WrittenReport:
    """The same evaluation, made again some hours later."""
    at = report.created_at + timedelta(hours=hours)
    name = f"photos-{at:%Y%m%dT%H%M%SZ}"
    return WrittenReport(report.ids, report.paths, report.labels, report.grades, name, at, report.changes)
