#!/usr/bin/env python3
"""Draw learning curves of runs: evaluation and population return against training frames and processor time.

    scripts/plot_learning.py --out docs/learning.svg "Hopper=runs/a,runs/b" "Walker2d=runs/c"

Needs matplotlib. Thin line: mean return of the population (its episodes are as long as the curriculum allows);
thick line: the deterministic network over full episodes, at each evaluation.
"""

import argparse
import itertools
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]  # Okabe and Ito: distinguishable for colour-blind readers


def read(run):
    lines = (pathlib.Path(run) / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def minutes(metrics):
    """Processor minutes up to the end of each generation, without evaluations and start-up."""
    return list(itertools.accumulate(line["timing"]["cpu_seconds"] / 60 for line in metrics))


def panel(axes, title, runs, label, along):
    for colour, run in zip(COLOURS, runs):
        metrics = read(run)
        x = along(metrics)
        axes.plot(x, [line["return_mean"] for line in metrics], color=colour, linewidth=0.6, alpha=0.6)
        points = [(at, line["eval_return"]) for at, line in zip(x, metrics) if line["eval_return"] is not None]
        config = (pathlib.Path(run) / "config.ron").read_text()
        seed = config.split("seed: ")[1].split(",")[0]
        axes.plot(*zip(*points), color=colour, linewidth=1.8, label=f"seed {seed}")
    axes.set_title(title)
    axes.set_xlabel(label)
    axes.set_ylabel("return of an episode")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(loc="best", framealpha=0.8, edgecolor="none", fontsize=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("panels", nargs="+", metavar="TITLE=RUN[,RUN...]")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    panels = [text.split("=", 1) for text in arguments.panels]
    figure, grid = plt.subplots(
        len(panels), 2, figsize=(10.4, 3.2 * len(panels)), squeeze=False, sharey="row", layout="constrained"
    )
    for row, (title, runs) in zip(grid, panels):
        panel(row[0], title, runs.split(","), "training frames (millions)", lambda m: [line["frames"] / 1e6 for line in m])
        panel(row[1], title, runs.split(","), "processor minutes", minutes)
    figure.savefig(arguments.out, metadata={"Date": None})


if __name__ == "__main__":
    main()
