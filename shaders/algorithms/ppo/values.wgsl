// The values of all observations of an iteration, the last ones included. One invocation per row.
//
// Needs ENVIRONMENTS, HORIZON, and the constants of value.wgsl.
#import algorithms/ppo/value
var<storage, read_write> ppo_value_out: array<f32>;

const ROWS = (HORIZON + 1u) * ENVIRONMENTS;
const TAPE_ROWS = (ROWS + 63u) / 64u * 64u;

@compute @workgroup_size(64)
fn values(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = 64u * (id.x + id.y * groups.x);
    if (first >= ROWS) {
        return;
    }
    enter_blocks(local);
    // invocations beyond the last row help to read the weights
    let tape_row = first + local;
    let row = min(tape_row, ROWS - 1u);
    first_layer(row, tape_row);
    var value = bias_of_value();
    for (var block = 0u; block < opaque(VALUE_BLOCKS); block++) {
        second_layer(block, tape_row);
        value += added_up(row_parts(block_at(VALUE_OUT, block)));
    }
    if (tape_row == row) {
        ppo_value_out[row] = value;
    }
}
