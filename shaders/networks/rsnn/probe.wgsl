// Tests only: runs one substep of every slot with the code of network_step, and writes out intermediate values.
// Imported after workgroup.wgsl or subgroup.wgsl.
var<storage, read_write> probe_out: array<u32>;

// probe: [slot][3][N]: drive (f32), synaptic sum (i32), fired (0 or 1).
@compute @workgroup_size(LANES)
fn network_probe(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let slot = id.x;
    if (is_done(slot, local)) {
        return;
    }
    enter(slot, local);
    load();
    project(slot);
    let inhibitory = receive();
    let at = slot * 3u * N + lane * OWN;
    for (var b = 0u; b < OWN; b++) {
        probe_out[at + b] = bitcast<u32>(i_in[b]);
        probe_out[at + N + b] = bitcast<u32>(synaptic_sum(b, inhibitory));
    }
    let fired = integrate(inhibitory);
    for (var b = 0u; b < OWN; b++) {
        probe_out[at + 2u * N + b] = select(0u, 1u, has(fired, b));
    }
    publish(fired);
    store();
}
