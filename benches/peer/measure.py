"""Shared by the peer benchmarks: processor time of this process, and one `gpu-ec bench`."""

import json
import resource
import shlex
import subprocess


def cpu_seconds():
    """Return user and system seconds of this process so far, over all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def bench(command, preset, args, *more):
    """Return the JSON of `COMMAND bench PRESET --no-termination`, with population, steps and seconds from `args`."""
    call = shlex.split(command) + ["bench", preset, "--no-termination", "--json", *more]
    call += ["--population", str(args.population), "--steps", str(args.steps), "--seconds", str(args.seconds)]
    done = subprocess.run(call, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"exit code {done.returncode} from: {shlex.join(call)}")
    return json.loads(done.stdout)
