// Generations of one evolvable neural unit at the paper's size on one thread, as a plain C loop: the peer of Enu().
//
//   gcc -O3 -march=native -o enu_unit benches/peer/enu_unit.c -lm && ./enu_unit 3
//
// BENCHMARKS.md has the command that measures gpu-ec beside it.
//
// n 1024 members, 32 episodes of 100 steps, memory 32, outputs 16, inputs 16. A member's weights are the mean plus a
// slice of a table of noise, which is cheaper than drawing it. The compiler vectorises the loops over columns, and
// exp and tanh, which are polynomials as in the kernels.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { M = 32, O = 16, I = 16, L = M + O + I, P = 3 * L * M + M * O, MEMBERS = 1024, EPISODES = 32, STEPS = 100 };
enum { TABLE = 1 << 22 };

static float mean[P], theta[P], velocity[P], gradient[P], table[TABLE];
static float fitness[MEMBERS];
static struct { float h[M], o[O]; float u; } unit[EPISODES];

static inline float exponential(float x) {
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    float n = rintf(x * 1.442695041f);
    float r = (x - n * 0.693145751953125f) - n * 1.42860677e-6f;
    float tail = 0.49999993f + r * (0.16666515f + r * (0.04166846f + r * (0.00836942f + r * 0.00138131f)));
    union { int32_t i; float f; } power = { ((int32_t)n + 127) << 23 };
    return (1.0f + (r + r * r * tail)) * power.f;
}
static inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }
static inline float tangent(float x) { return 2.0f * sigmoid(2.0f * x) - 1.0f; }

static void step(const float *restrict w, float *restrict h, float *restrict o, const float *restrict x) {
    const float *wz = w, *wr = w + L * M, *wq = w + 2 * L * M, *wo = w + 3 * L * M;
    float c[L], z[M] = {0}, r[M] = {0}, q[M] = {0}, out[O] = {0};
    memcpy(c, h, sizeof(float) * M);
    memcpy(c + M, o, sizeof(float) * O);
    memcpy(c + M + O, x, sizeof(float) * I);
    for (int i = 0; i < L; i++)
        for (int j = 0; j < M; j++) {
            z[j] += c[i] * wz[i * M + j];
            r[j] += c[i] * wr[i * M + j];
        }
    for (int j = 0; j < M; j++) {
        z[j] = sigmoid(z[j]);
        c[j] *= sigmoid(r[j]);
    }
    for (int i = 0; i < L; i++)
        for (int j = 0; j < M; j++) q[j] += c[i] * wq[i * M + j];
    for (int j = 0; j < M; j++) h[j] += z[j] * (tangent(q[j]) - h[j]);
    for (int i = 0; i < M; i++)
        for (int k = 0; k < O; k++) out[k] += h[i] * wo[i * O + k];
    for (int k = 0; k < O; k++) o[k] = out[k] < 0.0f ? 0.0f : out[k] > 1.0f ? 1.0f : out[k];
}

static uint32_t state = 1;
static float uniform(void) { state = state * 1664525u + 1013904223u; return (state >> 8) * 0x1p-24f; }
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float live(void) {
    float sum = 0.0f;
    memset(unit, 0, sizeof unit);
    for (int t = 0; t < STEPS; t++)
        for (int e = 0; e < EPISODES; e++) {
            float x[I] = {0.01f + 0.1f * ((t * 37 + e * 11) % 64) / 64.0f};
            step(theta, unit[e].h, unit[e].o, x);
            unit[e].u += x[0];
            float target = unit[e].u >= 0.5f;
            if (target) unit[e].u = 0.0f;
            sum -= (unit[e].o[0] - target) * (unit[e].o[0] - target);
        }
    return sum / EPISODES;
}
static int by_fitness(const void *a, const void *b) {
    float x = fitness[*(const int *)a], y = fitness[*(const int *)b];
    return (x > y) - (x < y);
}
int main(int argc, char **argv) {
    int generations = argc > 1 ? atoi(argv[1]) : 3;
    for (int i = 0; i < TABLE; i++) table[i] = sqrtf(-2.0f * logf(uniform() + 1e-7f)) * cosf(6.2831853f * uniform());
    for (int i = 0; i < P; i++) mean[i] = 0.2f * table[i];
    const float sigma = 0.01f;
    static int at[MEMBERS / 2], order[MEMBERS];
    double begin = now();
    for (int g = 0; g < generations; g++) {
        for (int k = 0; k < MEMBERS; k++) {
            if (k % 2 == 0) at[k / 2] = (int)(uniform() * (TABLE - P));
            float side = k % 2 ? -sigma : sigma;
            for (int i = 0; i < P; i++) theta[i] = mean[i] + side * table[at[k / 2] + i];
            fitness[k] = live();
            order[k] = k;
        }
        qsort(order, MEMBERS, sizeof(int), by_fitness);
        float weight[MEMBERS], total = 0.0f;
        for (int k = 0; k < MEMBERS; k++) total += weight[order[k]] = powf(k / (MEMBERS - 1.0f), 5.0f);
        memset(gradient, 0, sizeof gradient);
        for (int p = 0; p < MEMBERS / 2; p++) {
            float difference = (weight[2 * p] - weight[2 * p + 1]) / total;
            for (int i = 0; i < P; i++) gradient[i] += difference * table[at[p] + i];
        }
        for (int i = 0; i < P; i++) mean[i] += velocity[i] = 0.9f * velocity[i] + sigma * gradient[i];
        printf("generation %d: best %g, worst %g\n", g, fitness[order[MEMBERS - 1]], fitness[order[0]]);
    }
    double seconds = (now() - begin) / generations;
    double macs = (double)MEMBERS * EPISODES * STEPS * P;
    printf("%.3f CPU s a generation, %.1f GMAC/s\n", seconds, macs / seconds * 1e-9);
    return 0;
}
