// Tells all lanes of a workgroup whether the episode of their slot is over: for any device. The importing module
// provides clear_shared(local), which clears workgroup memory before the barrier here.
var<workgroup> shared_status: u32;

fn is_done(slot: u32, local: u32) -> bool {
    if (local == 0u) {
        shared_status = episode_inout[slot].status;
    }
    clear_shared(local);
    return (workgroupUniformLoad(&shared_status) & DONE) != 0u;
}
