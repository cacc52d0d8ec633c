// The acceleration under constraints: Newton's method with exact line search on MuJoCo's convex cost
// 1/2 (a - a_s)^T M (a - a_s) + 1/2 sum over active rows of D (J a - aref)^2.
//
// Iteration 0 only evaluates the residuals at the warm start. If a full step changes no row's activity, the cost is
// quadratic along it, and the step is exact, unless some row is stiff: rounding may have left movements in Newton's
// matrix without their resistance. With implicit damping, a last solve gives the damped acceleration.
#import physics/cooperative/system
#import physics/cooperative/factor
#import physics/multipliers

// M times the direction
var<workgroup> mass_direction: array<f32, NV>;
var<workgroup> finished: u32;
// factor and largest change of the multipliers' last move
var<private> relax: f32;
var<private> moved_before: f32;
// D of the stiffest edges times its spring's compliance, once springs are graded; 0 before
var<private> grade: f32;
// iteration of the multipliers' last move
var<private> moved_at: u32;

// Verdict on the multipliers: contacts contradict each other.
const GRADE = 2u;

struct Search {
    alpha: f32,
    // a trial changes the activity of some row
    flips: bool,
    // largest component of the direction
    largest: f32,
}

// Solves for the acceleration from the warm start in `qacc`; leaves the damped one in `direction`.
fn solve() {
    if (lane < NV) {
        direction[lane] = qacc[lane];
        excess[lane] = -force[lane];
    }
    let count = workgroupUniformLoad(&contact_count);
    relax = 1.0;
    moved_before = 1e30;
    grade = 0.0;
    moved_at = 0u;
    if (STIFF) {
        find_least_pivots();
    }
    // Iteration 0 advances from a = 0 to the warm start, all others from there along Newton's direction.
    for (var iteration = 0u; ; iteration++) {
        measure_direction(count);
        var found = Search(1.0, true, 0.0);
        if (iteration > 0u) {
            found = line_search(count);
            if (lane < NV) {
                qacc[lane] += found.alpha * direction[lane];
            }
        }
        if (lane == 0u) {
            let settled = !found.flips && (found.largest * select(1.0, found.alpha, SPRINGY) < SETTLED);
            finished = select(0u, 1u, settled || (iteration >= MOST_SOLVES));
        }
        var last = workgroupUniformLoad(&finished) == 1u;
        advance(found.alpha, count);
        if (SPRINGY && last) {
            let first = (grade > 0.0) && (iteration == moved_at + 1u);
            let quiet = first && !found.flips && (found.alpha * found.largest < QUIET);
            last = multipliers_rest(count, iteration, quiet) || (iteration >= MOST_SOLVES);
        }
        if (last && !IMPLICIT_DAMPING) {
            break;
        }
        linear_system(last, count);
        factor();
        back_substitute();
        if (last) {
            break;
        }
    }
}

// Takes the pivots of the inertia matrix as lower bounds for those of Newton's matrix, because constraints only add to
// them. Rows a million times stiffer than the inertia leave rounding errors of the inertia's size. Without bounds, a
// direction might seem to have no resistance, and the step along it would be infinite.
fn find_least_pivots() {
    if (lane < PADDED) {
        open_row(lane);
        least_pivot[lane] = 0.0;
    }
    workgroupBarrier();
    factor();
    if (lane < PADDED) {
        least_pivot[lane] = 1.0 / (inverse_pivot[lane] * inverse_pivot[lane]);
    }
    workgroupBarrier();
}

// Computes what a unit step along the direction changes.
fn measure_direction(count: u32) {
    if (lane < NV) {
        mass_direction[lane] = mass_times(lane);
    }
    for (var at = lane; at < count; at += LANES) {
        contacts[at].change = change_along(at);
    }
    workgroupBarrier();
}

// Moves the residuals by `alpha` along the direction, once no lane reads the old ones any more.
fn advance(alpha: f32, count: u32) {
    if (lane < NV) {
        excess[lane] += alpha * mass_direction[lane];
        if (((atomicLoad(&limit_bits) >> lane) & 1u) == 1u) {
            limit_residual[lane] += alpha * limit_sign[lane] * direction[lane];
        }
    }
    for (var at = lane; at < count; at += LANES) {
        contacts[at].residual += alpha * contacts[at].change;
    }
    workgroupBarrier();
}

// Moves the multipliers; returns whether all of them were right before, or the last move was `quiet`. Every lane
// computes the same sums. If a multiplier still drifts after NEWTON_SOLVES, the springs are graded and everything
// begins again (`src/physics/stepper/multipliers.rs` says why).
fn multipliers_rest(count: u32, iteration: u32, quiet: bool) -> bool {
    for (var at = lane; at < count; at += LANES) {
        moves[at] = vec2<f32>(moves[at].y, gives[at] * pull_of(at).x - multipliers[at]);
    }
    workgroupBarrier();
    var moved = 0.0;
    var along = 0.0;
    var bend = 0.0;
    var drifts = false;
    var top = 0.0;
    for (var at = 0u; at < count; at++) {
        let turn = moves[at].y - moves[at].x;
        moved = max(moved, abs(moves[at].y));
        along += moves[at].x * turn;
        bend += turn * turn;
        drifts = drifts || drifting(turn, moves[at].y, STILL);
        top = max(top, 4.0 * edge_weight(at) * gives[at]);
    }
    let contradict = drifts && (grade == 0.0) && (iteration >= NEWTON_SOLVES) && (top > 0.0);
    if (lane == 0u) {
        finished = select(select(0u, 1u, quiet || (moved < STILL)), GRADE, contradict);
    }
    let verdict = workgroupUniformLoad(&finished);
    if (verdict == GRADE) {
        grade = top;
        relax = 1.0;
        moved_before = 1e30;
        for (var at = lane; at < count; at += LANES) {
            gives[at] = give_at(edge_weight(at), gives[at], SOFTEST * gives[at], grade);
            multipliers[at] = 0.0;
            moves[at] = vec2<f32>(0.0);
        }
    } else {
        relax = relaxation(relax, along, bend, moved < moved_before);
        moved_before = moved;
        moved_at = iteration;
        for (var at = lane; at < count; at += LANES) {
            multipliers[at] += relax * moves[at].y;
        }
    }
    workgroupBarrier();
    return verdict == 1u;
}

// Slope and curvature of the cost at a trial, and whether a row's activity differs from that at the start.
struct Trial {
    slope: f32,
    curvature: f32,
    flips: bool,
}

// Searches by safeguarded Newton steps on the slope. Every lane computes the same sums: they are short, and need no
// barriers.
fn line_search(count: u32) -> Search {
    var start = Trial(0.0, 0.0, false);
    var largest = 0.0;
    for (var dof = 0u; dof < NV; dof++) {
        start.slope += excess[dof] * direction[dof];
        start.curvature += mass_direction[dof] * direction[dof];
        largest = max(largest, abs(direction[dof]));
    }
    var alpha = 1.0;
    var flips = false;
    var low = 0.0;
    var high = 1e30;
    for (var trial = 0u; trial < SEARCH_STEPS; trial++) {
        let now = evaluate(start, alpha, count);
        flips = flips || (now.flips && (STIFF || (trial == 0u)));
        if (!STIFF && !flips) {
            break;
        }
        low = select(low, max(low, alpha), now.slope < 0.0);
        high = select(high, min(high, alpha), now.slope > 0.0);
        let newton = alpha - now.slope / select(now.curvature, max(now.curvature, 1e-30), STIFF);
        let outside = (newton < low) || (newton > high);
        let tried = alpha;
        alpha = select(newton, select(newton, 0.5 * (low + high), high < 1e29), outside);
        if (STIFF && (abs(alpha - tried) <= 1e-6 * tried)) {
            break;
        }
    }
    return Search(alpha, flips, largest);
}

fn evaluate(start: Trial, alpha: f32, count: u32) -> Trial {
    var sum = Trial(start.slope + alpha * start.curvature, start.curvature, false);
    var limits = atomicLoad(&limit_bits);
    while (limits != 0u) {
        let dof = firstTrailingBit(limits);
        limits &= limits - 1u;
        let change = limit_sign[dof] * direction[dof];
        let then = limit_residual[dof] + alpha * change;
        let pull = select(0.0, limit_weight[dof] * change, then < 0.0);
        sum.slope += pull * then;
        sum.curvature += pull * change;
        sum.flips = sum.flips || ((then < 0.0) != (limit_residual[dof] < 0.0));
    }
    for (var at = 0u; at < count; at++) {
        if (SPRINGY) {
            let change = contacts[at].change;
            let now = shifted(at);
            let then = now + alpha * change;
            let grip = grip_at(at, then);
            sum.slope += dot(grip_times(grip, then), change);
            sum.curvature += dot(grip_times(grip, change), change);
            sum.flips = sum.flips || grips_differ(grip_at(at, now), grip);
            continue;
        }
        let friction = contacts[at].friction;
        let weights = edge_weights(friction, contacts[at].weight);
        let now = residuals(at);
        let change = edges(friction, contacts[at].change);
        let then = now + alpha * change;
        let below = then < vec4<f32>(0.0);
        let pull = select(vec4<f32>(0.0), weights * change, below);
        sum.slope += dot(pull, then);
        sum.curvature += dot(pull, change);
        sum.flips = sum.flips || any((below != (now < vec4<f32>(0.0))) & (weights > vec4<f32>(0.0)));
    }
    return sum;
}
