// Step length of the multipliers: Aitken's method on all of them together (Irons and Tuck 1969).
//
// At each move every multiplier has a change, which would be right if nothing else responded. If other rows carry the
// load of a stiff one too, they respond with changes of nearly the same size. The right change is then many times as
// long.

const FARTHEST: f32 = 50.0;

// Returns the next factor of the changes; `last` is that of the move before. `along` sums the earlier changes times
// the differences of the present ones from them, `bend` the squares of these differences. The factor is 1 for the
// first move, and if changes do not shrink.
fn relaxation(last: f32, along: f32, bend: f32, shrinks: bool) -> f32 {
    let longer = -last * along / max(bend, 1e-30);
    return select(1.0, longer, (longer > 1.0) & (longer < FARTHEST) & shrinks);
}
