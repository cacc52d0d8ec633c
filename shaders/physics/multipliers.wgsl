// Step length of the multipliers: Aitken's method on all of them together (Irons and Tuck 1969).
//
// At each move every multiplier has a change, which would be right if nothing else responded. If other rows carry the
// load of a stiff one too, they respond with changes of nearly the same size. The right change is then many times as
// long.

// Share of its size by which the change of a drifting multiplier differs from the one before.
const DRIFT: f32 = 0.01;
// Longest factor of a change. The right one is 1 / r if each change is smaller than the last by a share r: all
// multipliers that do not drift are within reach.
const FARTHEST: f32 = 1.0 / DRIFT;

// Returns the next factor of the changes; `last` is that of the move before. `along` sums the earlier changes times
// the differences of the present ones from them, `bend` the squares of these differences. The factor is 1 for the
// first move, and if changes do not shrink.
fn relaxation(last: f32, along: f32, bend: f32, shrinks: bool) -> f32 {
    let longer = -last * along / max(bend, 1e-30);
    return select(1.0, longer, (longer > 1.0) & (longer < FARTHEST) & shrinks);
}

// Returns whether a multiplier drifts: its change repeats, and is larger than `still`. `turn` is the difference from
// the change before.
fn drifting(turn: f32, change: f32, still: f32) -> bool {
    return (abs(change) > still) && (abs(turn) < DRIFT * abs(change));
}

// Returns the compliance of a spring; `give` is that before springs are graded, `weight` that of one of four edges.
// Graded springs give way in inverse proportion to the weights, between `give` and `softest`.
fn give_at(weight: f32, give: f32, softest: f32, grade: f32) -> f32 {
    return select(give, clamp(grade / max(4.0 * weight, 1e-30), give, softest), grade > 0.0);
}
