"""The rules that lead from a dataset and a ranking to a relevance list: one module a protocol."""

from cbir.evaluation.protocols.assessed import Assessed
from cbir.evaluation.protocols.base import Judged, Judgements, Order, Protocol
from cbir.evaluation.protocols.leave_one_out import LeaveOneOut
from cbir.evaluation.protocols.shared_labels import SharedLabels

__all__ = ["Assessed", "Judged", "Judgements", "LeaveOneOut", "Order", "Protocol", "SharedLabels"]
