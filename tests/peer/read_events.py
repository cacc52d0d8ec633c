#!/usr/bin/env python3
"""Read a run's event file with TensorBoard itself and compare every scalar with metrics.jsonl.

    tests/peer/read_events.py runs/hopper-0-0

Needs the package tensorboard. Exit code 1 if a generation or number is missing or differs.
"""

import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def numbers(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}/{key}" if path else key)
    elif isinstance(value, (int, float)):
        yield path, struct.unpack("f", struct.pack("f", value))[0]


def main():
    run = pathlib.Path(sys.argv[1])
    (events,) = run.glob("*tfevents*")
    read = EventAccumulator(str(events), size_guidance={"scalars": 0}).Reload()
    found = {(tag, e.step): e.value for tag in read.Tags()["scalars"] for e in read.Scalars(tag)}
    wanted = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        metrics = json.loads(line)
        step = metrics.pop("generation")
        wanted.update({(tag, step): value for tag, value in numbers(metrics)})
    wrong = [key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)]
    print(f"{len(wanted)} scalars of {len({step for _, step in wanted})} generations, {len(wrong)} wrong")
    sys.exit(bool(wrong) or not wanted)


if __name__ == "__main__":
    main()
