#!/usr/bin/env python3
"""Draw learning curves of runs: evaluation and population return against training frames.

    scripts/plot_learning.py --out docs/learning.svg "Hopper=runs/a,runs/b" "Walker2d=runs/c"

Needs matplotlib. Thin line: mean return of the population (its episodes are as long as the curriculum allows);
thick line: the deterministic network over full episodes, at each evaluation.
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]  # Okabe and Ito: told apart by colour-blind readers


def read(run):
    lines = (pathlib.Path(run) / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def panel(axes, title, runs):
    for colour, run in zip(COLOURS, runs):
        metrics = read(run)
        frames = [line["frames"] / 1e6 for line in metrics]
        axes.plot(frames, [line["return_mean"] for line in metrics], color=colour, linewidth=0.6, alpha=0.6)
        points = [(line["frames"] / 1e6, line["eval_return"]) for line in metrics if line["eval_return"] is not None]
        config = (pathlib.Path(run) / "config.ron").read_text()
        seed = config.split("seed: ")[1].split(",")[0]
        axes.plot(*zip(*points), color=colour, linewidth=1.8, label=f"seed {seed}")
    axes.set_title(title)
    axes.set_xlabel("training frames (millions)")
    axes.set_ylabel("return of an episode")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", frameon=False, fontsize=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("panels", nargs="+", metavar="TITLE=RUN[,RUN...]")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    panels = [text.split("=", 1) for text in arguments.panels]
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(5.2 * columns, 3.6 * rows), squeeze=False, layout="constrained")
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (title, runs) in zip(grid.flat, panels):
        panel(axes, title, runs.split(","))
    figure.savefig(arguments.out, metadata={"Date": None})


if __name__ == "__main__":
    main()
