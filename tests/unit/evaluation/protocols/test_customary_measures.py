"""The measures by which a protocol's makers grade come first."""

from cbir.evaluation.measures import DEFAULT_MEASURES
from cbir.evaluation.protocols import Assessed, LeaveOneOut
from cbir.evaluation.workplace import measures_of


def test_they_come_before_the_usual_ones_and_once():
    protocol = Assessed("revisited", "", {}, customary_measures=("AP-trapezoid", "P@1", "P@5"))
    assert [str(measure) for measure in measures_of(protocol)] == [
        *("AP-trapezoid", "P@1", "P@5"),
        *("AP@100", "AP@100-trec", "AP", "P@10"),
    ]


def test_leave_one_out_has_the_usual_ones():
    assert measures_of(LeaveOneOut()) == DEFAULT_MEASURES
