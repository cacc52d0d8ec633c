// How far multipliers move: Aitken's method on all of them together (Irons and Tuck 1969).
//
// At each move every multiplier has a change, by which it would move if nothing else answered. Where other rows hold
// what a stiff one holds, too, they answer with changes of nearly the same size, and one that is many times as long is
// right.

const FARTHEST: f32 = 50.0;

// The next factor of the changes, `last` that of the move before: `along` sums the earlier changes times what they
// turned by since, `bend` the squares of those turns. It is 1 for the first move, and where changes do not shrink.
fn relaxation(last: f32, along: f32, bend: f32, shrinks: bool) -> f32 {
    let longer = -last * along / max(bend, 1e-30);
    return select(1.0, longer, (longer > 1.0) & (longer < FARTHEST) & shrinks);
}
