// The slots that live, and those that were just given to a life.
var<storage, read> live_in: array<u32>;
var<storage, read> fresh_in: array<u32>;

const NO_SLOT = 0xffffffffu;

// Returns the slot of the k-th life, or NO_SLOT.
fn living(k: u32) -> u32 {
    if (k >= live_in[0]) {
        return NO_SLOT;
    }
    return live_in[1u + k];
}

// Returns the k-th slot that was just given to a life, or NO_SLOT.
fn fresh(k: u32) -> u32 {
    if (k >= fresh_in[0]) {
        return NO_SLOT;
    }
    return fresh_in[1u + k];
}
