// Indirect workgroup counts, a row of three for each kind of pass. Twin: plan::pass::Row. Needs NETWORK_GROUP
// (individuals per workgroup), TASK_WORKGROUP, SAMPLE_GROUPS (workgroups per network), SAMPLE_CHUNK.
var<storage, read_write> dispatch_out: array<u32>;

// Writes a row with one workgroup per `each` of `count`, folded to two dimensions.
fn write_row(row: u32, count: u32, each: u32) {
    let groups = (count + each - 1u) / each;
    let rows = max((groups + 65534u) / 65535u, 1u);
    dispatch_out[3u * row] = (groups + rows - 1u) / rows;
    dispatch_out[3u * row + 1u] = rows;
    dispatch_out[3u * row + 2u] = 1u;
}

fn write_dispatch_args(living: u32, fresh: u32) {
    write_row(0u, living, NETWORK_GROUP);
    write_row(1u, living, TASK_WORKGROUP);
    dispatch_out[6] = SAMPLE_GROUPS;
    dispatch_out[7] = (fresh + SAMPLE_CHUNK - 1u) / SAMPLE_CHUNK;
    dispatch_out[8] = 1u;
    write_row(3u, fresh, NETWORK_GROUP);
    write_row(4u, fresh, TASK_WORKGROUP);
}
