// Indirect workgroup counts for `count` living slots, folded to two dimensions.
fn write_dispatch_args(count: u32) {
    let network = (count + NETWORK_GROUP - 1u) / NETWORK_GROUP;
    let task = (count + TASK_WORKGROUP - 1u) / TASK_WORKGROUP;
    let network_rows = max((network + 65534u) / 65535u, 1u);
    let task_rows = max((task + 65534u) / 65535u, 1u);
    dispatch_out[0] = (network + network_rows - 1u) / network_rows;
    dispatch_out[1] = select(0u, network_rows, network > 0u);
    dispatch_out[2] = 1u;
    dispatch_out[3] = (task + task_rows - 1u) / task_rows;
    dispatch_out[4] = select(0u, task_rows, task > 0u);
    dispatch_out[5] = 1u;
}
