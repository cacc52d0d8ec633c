// Which slot an invocation of a task kernel serves. Needs TASK_WORKGROUP.
#buffer live_in: array<u32>
#buffer fresh_in: array<u32>

const NO_SLOT = 0xffffffffu;

// The slot of the k-th living member, or NO_SLOT.
fn living_slot(gid: vec3<u32>, groups: vec3<u32>) -> u32 {
    let k = gid.x + gid.y * groups.x * TASK_WORKGROUP;
    if (k >= live_in[0]) {
        return NO_SLOT;
    }
    return live_in[1u + k];
}

// The k-th slot that was just given to a member, or NO_SLOT.
fn fresh_slot(gid: vec3<u32>, groups: vec3<u32>) -> u32 {
    let k = gid.x + gid.y * groups.x * TASK_WORKGROUP;
    if (k >= fresh_in[0]) {
        return NO_SLOT;
    }
    return fresh_in[1u + k];
}
