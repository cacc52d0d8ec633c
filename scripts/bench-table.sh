#!/usr/bin/env bash
# How the cost of a frame grows with population, neurons and slots: Markdown tables of frames per CPU-second.
#
#     scripts/bench-table.sh COMMAND...        such as: scripts/bench-table.sh target/release/gpu-ec
#
# Each figure is measured for SECONDS_EACH (2) seconds. The learning rate is almost zero, because learning changes how
# often networks fire, and so what they cost.
set -euo pipefail

seconds=${SECONDS_EACH:-2}
figure() { # frames per CPU-second of a preset with more arguments
    "${command[@]}" bench "$@" --set algorithm.learning_rate=1e-9 --no-termination --steps 50 --seconds "$seconds" --json --quiet |
        grep -o '"frames_per_cpu_second": *[0-9.]*' | grep -o '[0-9.]*$' | awk '{ printf " %.0f |", $1 }'
}
header() { # title and column names
    printf '\n| %s |' "$1"
    printf ' %s |' "${@:2}"
    printf '\n| --- |'
    printf ' ---: |%.0s' "${@:2}"
    printf '\n'
}

command=("$@")
[ "$#" -gt 0 ] || { echo 'scripts/bench-table.sh: name the program, such as target/release/gpu-ec' >&2; exit 2; }

populations=(64 512 4096 16384)
header 'population' "${populations[@]}"
for preset in hopper walker2d humanoid_paper; do
    printf '| `%s` |' "$preset"
    for n in "${populations[@]}"; do figure "$preset" --population "$n"; done
    printf '\n'
done

neurons=(64 128 256 512 1024)
header 'neurons, population 512' "${neurons[@]}"
printf '| `hopper` |'
for n in "${neurons[@]}"; do figure hopper --population 512 --set "network=Rsnn(neurons: $n)"; done
printf '\n'

slots=(64 256 512 1024 4096)
header 'slots, population 4096' "${slots[@]}"
printf '| `hopper` |'
for n in "${slots[@]}"; do figure hopper --population 4096 --set "device.slab=$n"; done
printf '\n'
