"""A server with something of everything, and requests whose names are those of what is there."""

import zlib
from io import BytesIO

from PIL import Image
from schemathesis import Case, GenerationMode
from schemathesis.core.parameters import ParameterLocation
from tests.api.reports import CHI2, COSINE, MEASURES, WrittenReport, later
from tests.pictures import noise, save

from cbir.api.app import create_app
from cbir.api.services import EXTENSION
from cbir.collection import Library
from cbir.images.files import file_id
from cbir.ingest import indexing
from cbir.ingest.opening import open_for_indexing
from cbir.ingest.walk import Failure, walk
from cbir.jobs.store import Standing
from cbir.progress import Silent
from cbir.settings import Settings

PHOTOS = 3
SPARE = "spare"
"""The collection of which things are deleted."""


class World:
    """An application, and the names of what it has."""

    def __init__(self, folder, **settings):
        self.settings = Settings(
            data_dir=folder / "data",
            weights_dir=folder / "weights",
            cache_dir=folder / "cache",
            offline=True,
            server_rate=1_000_000_000,
            **settings,
        )
        self.photos = folder / "photos"
        self.library = Library(self.settings)
        self.app = create_app(self.settings, library=self.library, roots=[self.photos])
        self.app.testing = True
        self.services = self.app.extensions[EXTENSION]
        self.picture = _encoded(noise(0))
        self.ids = self._index("default", "images")
        self.query = self.app.test_client().post(
            "/api/v1/queries", data={"image": (BytesIO(self.picture), "x.png")}, content_type="multipart/form-data"
        )
        self.job = self.failed_job()
        self.report = self._reported()
        self._spare_reports = 0

    def close(self):
        self.services.close()

    def _index(self, name, folder):
        for number in range(PHOTOS):
            save(self.photos / folder / f"{number}.png", number)
        with open_for_indexing(self.library, name, ["hist-basic"], Silent()) as collection:
            indexing.index(collection, walk([str(self.photos / folder)]), indexing.IndexOptions())
            return [record.id for record in collection.stored.page(0, PHOTOS)]

    def failed_job(self):
        """The id of a new job that failed."""
        jobs = self.services.jobs
        queued = jobs.add("check", f"jobs{jobs.count()}", {})
        job = jobs.claim()
        while job.id != queued.id:
            jobs.finish(job.id, None)
            job = jobs.claim()
        path = str(self.photos / "images" / "broken.jpg")
        jobs.progress(job.id, Standing("indexing", 1, 3), [Failure(path, "It is damaged.", "Restore it.")])
        jobs.fail(job.id, "Something is wrong.", "Do something.")
        return job.id

    def _reported(self):
        """A report of an evaluation of the images."""
        paths = [self.photos / "images" / f"{number}.png" for number in range(PHOTOS)]
        ids = [file_id(path.read_bytes()) for path in paths]
        grades = [number / PHOTOS for number in range(PHOTOS)]
        both = dict.fromkeys(MEASURES, grades)
        report = WrittenReport(ids, paths, [["all"]] * PHOTOS, {CHI2: both, COSINE: both})
        report.write(self.settings.data_dir / "evaluations")
        return report

    def spare_report(self):
        """The name of a new report, to be deleted."""
        self._spare_reports += 1
        spare = later(self.report, self._spare_reports)
        spare.write(self.settings.data_dir / "evaluations")
        return spare.name

    def thrown_away(self):
        """The id of a new entry of the trash."""
        stored = self.services.uploads.store("default", "x.png", self.picture)
        return self.services.uploads.throw_away("default", [stored.path]).id

    # -- requests ----------------------------------------------------------------------------------------------------

    def lead_to_what_is_there(self, case):
        """In three of four valid requests, chosen by what they say, put names of what is there."""
        if _is_valid(case, ParameterLocation.PATH):
            self._lead_path(case)
        if "/evaluations/" in case.path and _is_valid(case, ParameterLocation.QUERY):
            self._lead_query(case)
        if _is_valid(case, ParameterLocation.BODY) and isinstance(case.body, dict):
            self._lead_body(case)

    def _lead_path(self, case):
        deletes = case.method == "DELETE"
        if deletes and "collection" in case.path_parameters:
            self._index(SPARE, SPARE)
        known = {
            "collection": lambda: SPARE if deletes else "default",
            "id": lambda: self._job(case.path) if "/jobs/" in case.path else self.ids[0],
            "extractor": lambda: "hist-basic",
            "query": lambda: self.query.get_json()["query"],
            "entry": self.thrown_away,
            "layer": lambda: "block1_conv1",
            "report": self.spare_report if deletes else lambda: self.report.name,
        }
        for name in case.path_parameters:
            if _three_of_four(case.path_parameters[name]):
                case.path_parameters[name] = known[name]()

    def _lead_query(self, case):
        known = {
            "result": CHI2,
            "against": COSINE,
            "measure": MEASURES[1],
            "query": self.report.ids[0],
            "label": "all",
        }
        for name, value in (case.query or {}).items():
            if name in known and value and _three_of_four(value):
                case.query[name] = known[name]

    def _job(self, path):
        """One that can be done with what the path says; `events` of one that has not ended would not end."""
        if path.endswith("/cancel"):
            return self.services.jobs.add("check", "default", {}).id
        return self.failed_job() if path.endswith("/resume") else self.job

    def _lead_body(self, case):
        known = {
            "collection": "default",
            "strategy": "exact",
            "extractor": "hist-basic",
            "metric": "chi2",
            "image_id": self.ids[0],
            "hit": self.ids[1],
            "query": self.query.get_json()["query"],
            "positive": self.ids[:2],
            "negative": self.ids[2:],
            "pairs": ["hist-basic,chi2", "hist-basic,cosine"]
            if case.media_type == "multipart/form-data"
            else [{"extractor": "hist-basic", "metric": metric} for metric in ("chi2", "cosine")],
            "image": self.picture,
            "images": [self.picture],
            "extractors": ["hist-basic"],
            "path": "photos",
            "crop": "0,0,16,16",
        }
        for name, value in case.body.items():
            if name in known and value and _three_of_four(value):
                case.body[name] = known[name]


def _is_valid(case: Case, location: ParameterLocation) -> bool:
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode is GenerationMode.POSITIVE


def _three_of_four(value) -> bool:
    return zlib.crc32(repr(value).encode("utf-8", "replace")) % 4 > 0


def _encoded(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
