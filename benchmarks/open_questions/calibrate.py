"""Learns the edges of `cnn-hist-fixed` and writes them into the package.

python -m benchmarks.open_questions.calibrate --datasets FOLDER
"""

from __future__ import annotations

import argparse
import json

from benchmarks.open_questions.collecting import EDGES
from benchmarks.open_questions.material import SHIPPED, add_folders, gather
from benchmarks.open_questions.summaries import FIXED, FIXED_EDGES
from cbir.extractors.fixed_histogram import CALIBRATION
from cbir.extractors.vgg16 import HISTOGRAM_LAYERS

SOURCE = (
    "2,620 photographs: the 1,620 of the labelled set grocery_20 (from the Grocery Store Dataset, Klasson, Zhang, "
    "Kjellström 2019) and the 1,000 of clothing_100 (from the clothing dataset, Grigorev 2020)"
)
LICENCE = "grocery_20: MIT; clothing_100: CC0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_folders(parser)
    layers = gather(parser.parse_args()).layers(*SHIPPED)
    edges = {layer: EDGES[FIXED_EDGES(layers[layer])].T.tolist() for layer in HISTOGRAM_LAYERS}
    rule = f"{FIXED} that the channel reaches in a picture, rounded to eight steps an octave"
    content = {
        "command": "python -m benchmarks.open_questions.calibrate --datasets FOLDER",
        "rule": rule,
        "source": SOURCE,
        "licence": LICENCE,
        "edges": edges,
    }
    CALIBRATION.write_text(json.dumps(content, indent=0).replace(",\n", ", ").replace('", "', '",\n"') + "\n")
    print(f"{CALIBRATION.name}: {CALIBRATION.stat().st_size} bytes")


if __name__ == "__main__":
    main()
