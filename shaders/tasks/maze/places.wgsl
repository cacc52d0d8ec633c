// Cells of a maze, and the places where food and poison may be. Needs WIDTH, HEIGHT, ROWS (bit x of
// entry y is a free cell), PLACES, PLACE_X, PLACE_Y.
#import numerics/mul_high

fn is_free(x: i32, y: i32) -> bool {
    if (y < 0 || y >= i32(HEIGHT) || x < 0 || x >= i32(WIDTH)) {
        return false;
    }
    return ((ROWS[u32(y)] >> u32(x)) & 1u) == 1u;
}

const NO_PLACE = 0xffffffffu;

// Returns the number of the place in a cell, or NO_PLACE.
fn place_at(x: i32, y: i32) -> u32 {
    var found = NO_PLACE;
    for (var i = 0u; i < PLACES; i++) {
        if (x == i32(PLACE_X[i]) && y == i32(PLACE_Y[i])) {
            found = i;
        }
    }
    return found;
}

// Returns two different places for food and poison.
fn drawn_places(bits: u32) -> vec2<u32> {
    let k = mul_high(bits, PLACES * (PLACES - 1u));
    let food = k / (PLACES - 1u);
    let other = k % (PLACES - 1u);
    return vec2<u32>(food, other + u32(other >= food));
}
