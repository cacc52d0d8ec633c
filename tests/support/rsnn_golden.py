"""A small spiking network in plain Python: the figures that tests/networks/rsnn/figures.rs holds in `another_programs_figures_come_out`."""
from math import exp, sqrt

N, D, A, EXC, DT, STEPS = 32, 4, 2, 24, 0.5, 3
w_in = [[(7 * r + 13 * c + r * c) % 11 < 5 for c in range(N)] for r in range(2 * D + 1)]
w_h = [[(5 * r + 3 * c + r * c) % 13 < 6 for c in range(N)] for r in range(N)]
w_out = [[(3 * r + 5 * c + r * c) % 7 < 3 for c in range(A)] for r in range(N)]
x = [((5 * i) % 7 - 2) / 2 for i in range(D)]
line = x + [-y for y in x] + [1.0]
drive = [2 / sqrt(D) * sum(line[r] for r in range(2 * D + 1) if w_in[r][c]) for c in range(N)]
v, i_syn, rate, s = [(37 * k % 64) / 64 for k in range(N)], [0.0] * N, [0.0] * N, [0] * N
margin = 1.0
for step in range(STEPS):
    spikes = 0
    for t in range(33):
        total = [sum(s[j] for j in range(N) if w_h[j][k]) for k in range(N)]
        for k in range(N):
            i_syn[k] = exp(-DT / 5) * i_syn[k] + 2 * sqrt(2 / (0.5 * N)) * total[k]
            v[k] = exp(-DT / 10) * v[k] + (1 - exp(-DT / 10)) * (i_syn[k] + drive[k])
            margin = min(margin, abs(v[k] - 1))
            s[k] = (1 if k < EXC else -1) if v[k] > 1 else 0
            v[k] = 0.0 if v[k] > 1 else v[k]
            rate[k] = exp(-DT / 10) * rate[k] + (1 - exp(-DT / 10)) * s[k] / DT
            spikes += abs(s[k])
    raw = [5 * sqrt(1 / (0.5 * N)) * sum(rate[k] for k in range(N) if w_out[k][a]) for a in range(A)]
    print(f"({spikes}, {raw}, [{rate[0]}, {rate[13]}, {rate[31]}], {v[5]}),")
print("nearest to the threshold:", margin)
