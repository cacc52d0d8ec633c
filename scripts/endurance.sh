#!/usr/bin/env bash
# Runs small generations for MINUTES (30); resident and device memory must be the same at 10 % and at 100 % of the time.
# Usage: scripts/endurance.sh GPU_EC... (the program, such as `cargo run --release --`)
set -euo pipefail

minutes=${MINUTES:-30}
limit=${LIMIT:-2} # per cent
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$@" run hopper_fast --quiet --out "$folder/run" \
    --set 'network=Rsnn(neurons: 64)' --set algorithm.population=64 --set task.episode_length=100 --set curriculum=None \
    --set generations=1000000 --set 'evaluation=(every: 20, episodes: 16)' --set checkpoint.every=20 \
    --set stop.frames=None --set stop.seconds=$((60 * minutes)) >/dev/null

awk -v limit="$limit" '
    function number(key,    part) {
        match($0, "\"" key "\":[0-9.e+-]+")
        part = substr($0, RSTART, RLENGTH)
        sub(/.*:/, "", part)
        return part + 0
    }
    { seconds += number("wall_seconds"); time[NR] = seconds; rss[NR] = number("rss_bytes"); device[NR] = number("device_bytes") }
    END {
        for (first = 1; time[first] < seconds / 10; first++);
        printf "%d generations in %.0f s\n", NR, seconds
        failed = differ("resident memory", rss) + differ("device memory", device)
        exit failed > 0
    }
    function differ(what, bytes,    change) {
        change = 100 * (bytes[NR] / bytes[first] - 1)
        printf "%s: %.0f bytes at 10 %% (generation %d), %.0f at 100 %%: %+.2f %%\n", what, bytes[first], first, bytes[NR], change
        return change > limit || change < -limit
    }
' "$folder/run/metrics.jsonl"
