// The gradient estimate: the sum over the pairs p of a block of members of (u_2p - u_2p+1) eps_p, with the noise
// regenerated. One invocation sums four parameters. Sums of CHUNK pairs are added to the total in the order of
// members, so that the total does not depend on where a block ends. Needs QUADS, CHUNK, WORKGROUP.
#import algorithms/es/noise
var<storage, read> utility_in: array<i32>;
var<storage, read_write> gradient_inout: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn gradient(@builtin(global_invocation_id) gid: vec3<u32>) {
    let quad = gid.x;
    if (quad >= QUADS) {
        return;
    }
    var total = gradient_inout[quad];
    let first = run.member_base / 2u;
    let pairs = run.n_slots / 2u;
    for (var base = 0u; base < pairs; base += CHUNK) {
        var sum = vec4<f32>();
        let end = min(base + CHUNK, pairs);
        for (var pair = base; pair < end; pair++) {
            let difference = utility_in[2u * pair] - utility_in[2u * pair + 1u];
            sum += f32(difference) * perturbation(quad, first + pair);
        }
        total += sum;
    }
    gradient_inout[quad] = total;
}
