"""Generated robots against MuJoCo: compiled constants, and single steps from random states under random controls.

    .venv/bin/python tests/peer/generated.py --count 5000 --gpu-ec target/release/gpu-ec --out generated
    .venv/bin/python tests/peer/generated.py --print 17            # the robot of one seed
    .venv/bin/python tests/peer/generated.py --write DIR --count 60   # robots as files, for `cargo test --test originals`

Each robot is compiled by `gpu-ec inspect --json` and stepped by `gpu-ec rollout --states`. OUT/results.jsonl holds the verdict
on each seed. Another call with the same OUT continues where the last one ended (`--retry` also repeats failures). Robots that
failed are kept in OUT, with their starts. Steps are judged as in `rollout_mujoco.py`; a step beyond its bar is counted if
`degeneracies.py` lists a reason. The exit code is 1 if it lists none, a constant differs, or a robot is refused.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import mujoco
import numpy as np

import rollout_mujoco as peer
from degeneracies import degenerate, mass_matrix, smallest
from inspected import differences, ours, theirs
from random_robots import KINDS, ODDITIES, Robot
from random_states import states

# Smallest eigenvalue of the inertia matrix, scaled to a unit diagonal; near f64's rounding if joints are redundant.
INDEPENDENT = 1e-9
# Velocity change in one step, m/s or rad/s, that tears a robot apart; a bar of 2e-6 m or rad means nothing there.
TORN = 100
TRIED = 16
SECONDS = 600
ATTEMPTS = 50


def make(seed):
    """Draw the robot of a seed and its model; redraw if MuJoCo refuses it or most starts tear it apart."""
    for attempt in range(ATTEMPTS):
        try:
            robot = Robot(seed, attempt)
            model = mujoco.MjModel.from_xml_string(robot.xml)
        except ValueError:
            continue
        peer.solve_to_convergence(model)
        if independent(model) and finite(model) and len(sound(model, states(robot, model, TRIED))["ctrl"]) > TRIED // 2:
            return robot, model
    raise SystemExit(f"seed {seed}: none of {ATTEMPTS} robots is one for MuJoCo")


def independent(model):
    """Check that every joint movement has inertia; otherwise the robot has no accelerations."""
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return smallest(mass_matrix(model, data)) > INDEPENDENT


def finite(model):
    """Check that nothing in it is infinitely stiff or strong.

    gpu-ec refuses a contact of a body that only turns about its centre of mass. It also refuses a muscle whose force would follow
    from a zero acceleration at the start.
    """
    geoms = [geom for geom in range(model.ngeom) if model.geom_contype[geom] or model.geom_conaffinity[geom]]
    bodies = {model.geom_bodyid[geom] for geom in geoms if model.body_weldid[model.geom_bodyid[geom]]}
    muscles = [k for k in range(model.nu) if model.actuator_dyntype[k] == mujoco.mjtDyn.mjDYN_MUSCLE]
    strong = all(model.actuator_gainprm[k][2] >= 0 or model.actuator_acc0[k] > 1e-9 for k in muscles)
    return strong and all(model.body_invweight0[body][0] > 1e-12 for body in bodies)


def sound(model, start):
    """Keep the starts from which MuJoCo itself steps without a warning and without tearing the robot apart."""
    one, keep = peer.Robot(model), []
    for row in range(len(start["qpos"])):
        end = one.step(peer.at(in_front(start), 0, row), start["ctrl"][row])
        quiet = not any(one.data.warning[n].number for n in range(len(one.data.warning)))
        keep.append(quiet and np.abs(end["qvel"] - start["qvel"][row]).max() < TORN)
    return {name: value[keep] for name, value in start.items()}


def in_front(start):
    return {name: start[name][None] for name in peer.STATE}


# a robot


class Refused(Exception):
    pass


def gpu_ec(program, *arguments):
    """Run the program without caches, which would otherwise grow with each robot."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"XDG_CACHE_HOME": home, "MESA_SHADER_CACHE_DISABLE": "true"}
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS, env=environment)
    if done.returncode == 2:
        raise Refused(" ".join(done.stderr.split()))
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}: " + " ".join(done.stderr.split())[-500:])
    return done.stdout


def judge(program, robot, model, start, folder):
    """Judge a robot: return a verdict and its details."""
    file = folder / "robot.xml"
    file.write_text(robot.xml)
    arrays = {name: value.astype(np.float32) for name, value in start.items()}
    given = {name: arrays[name] for name in peer.STATE if arrays[name].shape[1]}
    np.savez(folder / "start.npz", **given)
    np.save(folder / "controls.npy", arrays["ctrl"])
    other = differences(ours(json.loads(gpu_ec(program, "inspect", file, "--json"))), theirs(model))
    if other:
        return "constants", {"differ": other}
    out, steps = folder / "motion.npz", ["--states", folder / "start.npz", "--actions", folder / "controls.npy", "--steps", 1]
    gpu_ec(program, "rollout", file, *steps, "--out", out, "--quiet")
    found = {name: value.astype(np.float64) for name, value in np.load(out).items()}
    return judge_steps(model, start, {name: found[name][0] for name in peer.STATE})


def judge_steps(model, start, found):
    """Judge all rows: return a verdict, and the worst errors in units of their bars."""
    one, rows, why = peer.Robot(model), {"beyond": [], "degenerate": [], "widened": []}, set()
    worst = dict.fromkeys(one.bars, 0.0)
    for row in range(len(start["ctrl"])):
        begin = (peer.at(in_front(start), 0, row), start["ctrl"][row], None)
        expected = one.step(*begin)
        end = {name: value[row] for name, value in found.items()}
        errors, over = peer.judge(one, begin, end, expected)
        units = {name: error / one.bars[name] for name, error in errors.items()}
        worst = {name: max(worst[name], unit if unit == unit else np.inf) for name, unit in units.items()}
        if any(over.values()):
            reason = degenerate(model, begin, end, expected)
            rows["degenerate" if reason else "beyond"].append(row)
            why |= {reason} - {None}
        elif max(units.values()) > 1:
            rows["widened"].append(row)
    detail = {"worst": {name: float(f"{x:.3g}") for name, x in worst.items()}, "of": len(start["ctrl"]), "why": sorted(why)}
    verdict = next((verdict for verdict, of in rows.items() if of), "within")
    return verdict, detail | {verdict: of for verdict, of in rows.items() if of}


def try_seed(arguments, seed):
    robot, model = make(seed)
    line = {"seed": seed, "kind": robot.kind, "odd": sorted(robot.odd)}
    start = sound(model, states(robot, model, arguments.rows))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        try:
            verdict, detail = judge(arguments.gpu_ec, robot, model, start, folder)
        except Refused as refused:
            verdict, detail = "refused", {"said": str(refused)}
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            verdict, detail = "failed", {"said": str(error)}
        if verdict not in GOOD:
            kept = arguments.out / f"seed_{seed}"
            kept.mkdir(parents=True, exist_ok=True)
            for file in folder.iterdir():
                (kept / file.name).write_bytes(file.read_bytes())
            detail["file"] = str(kept / "robot.xml")
    return line | {"verdict": verdict} | detail


# Verdicts that count as success.
GOOD = ("within", "widened", "degenerate")


def summary(lines):
    """Summarise counts by kind and by oddity, and list every failure."""
    verdicts = sorted({line["verdict"] for line in lines}, key=lambda verdict: (verdict not in GOOD, verdict))
    print(f"{'':20}" + "".join(f"{verdict:>11}" for verdict in verdicts))
    groups = [(kind, lambda line, kind=kind: line["kind"] == kind) for kind in KINDS]
    groups += [(odd, lambda line, odd=odd: odd in line["odd"]) for odd in ODDITIES]
    for name, belongs in [*groups, ("nothing odd", lambda line: not line["odd"]), ("all", lambda line: True)]:
        counts = collections.Counter(line["verdict"] for line in lines if belongs(line))
        print(f"{name:20}" + "".join(f"{counts[verdict]:11}" for verdict in verdicts))
    steps = [line for line in lines if "of" in line]
    of = {verdict: sum(len(line.get(verdict, [])) for line in steps) for verdict in ("widened", "degenerate", "beyond")}
    print(f"{sum(line['of'] for line in steps)} steps: {of['widened']} within their own sensitivity alone,", end=" ")
    print(f"{of['degenerate']} degenerate, {of['beyond']} beyond")
    for why, count in collections.Counter(why for line in steps for why in line["why"]).items():
        print(f"{count} robots degenerate by {why}")
    failures = [line for line in lines if line["verdict"] not in GOOD]
    for line in sorted(failures, key=lambda line: line["seed"]):
        what = line.get("said") or line.get("differ") or f"rows {line['beyond']}, in bars {line['worst']}"
        print(f"seed {line['seed']} ({line['kind']}; {', '.join(line['odd']) or 'nothing odd'}): {line['verdict']}: {what}: {line['file']}")
    return len(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000, help="robots")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one")
    parser.add_argument("--gpu-ec", default="target/release/gpu-ec", help="the program")
    parser.add_argument("--rows", type=int, default=16, help="starts of each robot")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="robots at a time")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("generated"), help="folder of results and failures")
    parser.add_argument("--retry", action="store_true", help="try those again that failed")
    parser.add_argument("--print", type=int, metavar="SEED", help="print the robot of this seed")
    parser.add_argument("--write", type=pathlib.Path, metavar="DIR", help="write the robots there, and do no more")
    arguments = parser.parse_args()
    mujoco.set_mju_user_warning(lambda message: None)
    seeds = range(arguments.first, arguments.first + arguments.count)
    if arguments.print is not None:
        sys.stdout.write(make(arguments.print)[0].xml)
        return 0
    if arguments.write:
        arguments.write.mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            (arguments.write / f"seed_{seed}.xml").write_text(make(seed)[0].xml)
        return 0
    return run(arguments, seeds)


def run(arguments, seeds):
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = arguments.out / "results.jsonl"
    lines = {}
    if results.exists():
        for line in map(json.loads, results.read_text().splitlines()):
            lines[line["seed"]] = line
    done = {seed for seed, line in lines.items() if not arguments.retry or line["verdict"] in GOOD}
    missing = [seed for seed in seeds if seed not in done]
    with results.open("a") as file, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        waiting = [pool.submit(try_seed, arguments, seed) for seed in missing]
        for count, one in enumerate(concurrent.futures.as_completed(waiting), 1):
            line = one.result()
            lines[line["seed"]] = line
            file.write(json.dumps(line) + "\n")
            file.flush()
            print(f"\r{count} of {len(missing)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return int(summary([lines[seed] for seed in seeds]) > 0)


if __name__ == "__main__":
    sys.exit(main())
