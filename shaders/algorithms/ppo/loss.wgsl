// The clipped loss (Schulman et al., 2017) of a minibatch or of a round of it, and its adjoints with respect to the
// network's outputs. One invocation per frame. A file of heads gives the density.
//
//     L = mean[-min(ratio A, clip(ratio, 1 +- CLIP) A)] - ENTROPY mean[entropy]
//
// The read-out is summed as network.step sums it, lane by lane, so that a first update sees a ratio of exactly 1.
//
// Needs CLIP, ENTROPY, D_ACT, ROW_READ_OUT, READ_OUT_LANES, READ_OUT_SPREAD, READ_OUT_FACTOR,
// AT_READ_OUT_BIAS (0: none), HEAD, and the constants of batch.wgsl and layout.wgsl.
#import structs/PpoFrame
#import algorithms/ppo/batch
#import algorithms/ppo/layout
#import algorithms/ppo/theta_words
#import algorithms/ppo/opaque
#import algorithms/ppo/heads/gaussian
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read> ppo_action_in: array<f32>;
var<storage, read> ppo_tape_in: array<vec4<f32>>;
var<storage, read_write> ppo_head_out: array<f32>;

fn action_taken(row: u32, a: u32) -> f32 {
    return ppo_action_in[row * D_ACT + a];
}

// Returns the quad of outputs that is number q of a lane.
fn output_quad(lane: u32, q: u32, own: u32) -> u32 {
    return select(lane * own + q, lane + READ_OUT_LANES * q, READ_OUT_SPREAD == 1u);
}

fn read_out(t: u32, b: u32, a: u32) -> f32 {
    let own = TAPE_QUADS / READ_OUT_LANES;
    let row = (ROW_READ_OUT + a) * TAPE_QUADS;
    var sum = 0.0;
    for (var lane = 0u; lane < opaque(READ_OUT_LANES); lane++) {
        var part = 0.0;
        for (var q = 0u; q < opaque(own); q++) {
            let quad = output_quad(lane, q, own);
            part += dot(ppo_tape_in[tape_at(t, 0u, quad, b)], theta_in[row + quad]);
        }
        sum += part;
    }
    if (AT_READ_OUT_BIAS > 0u) {
        return sum + parameter(AT_READ_OUT_BIAS + a);
    }
    return READ_OUT_FACTOR * sum;
}

// head: [frame][adjoints of y | adjoints of the log standard deviations | loss, divergence, clipped, entropy].
@compute @workgroup_size(64)
fn loss(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let frame = gid.x + gid.y * groups.x * 64u;
    if (frame >= FRAMES) {
        return;
    }
    let t = frame / SEQUENCES;
    let b = frame % SEQUENCES;
    let row = row_of(sequence_of(b, ppo_learning_in.update), t);
    for (var a = 0u; a < D_ACT; a++) {
        y[a] = read_out(t, b, a);
    }
    let change = log_density(row) - ppo_frame_in[row].log_prob;
    let ratio = exp1(change);
    let advantage = ppo_frame_in[row].advantage;
    let open = select(ratio >= 1.0 - CLIP, ratio <= 1.0 + CLIP, advantage >= 0.0);
    let of_density = select(0.0, -ratio * advantage / f32(ROUNDS * FRAMES), open);
    let at = head_at(frame);
    for (var a = 0u; a < D_ACT; a++) {
        let adjoint = head_adjoint(row, a, of_density, -ENTROPY / f32(ROUNDS * FRAMES));
        ppo_head_out[at + a] = adjoint.x;
        ppo_head_out[at + D_ACT + a] = adjoint.y;
    }
    let bounded = clamp(ratio, 1.0 - CLIP, 1.0 + CLIP);
    let spread = entropy();
    ppo_head_out[at + 2u * D_ACT] = -min(ratio * advantage, bounded * advantage) - ENTROPY * spread;
    ppo_head_out[at + 2u * D_ACT + 1u] = (ratio - 1.0) - change;
    ppo_head_out[at + 2u * D_ACT + 2u] = select(0.0, 1.0, abs(ratio - 1.0) > CLIP);
    ppo_head_out[at + 2u * D_ACT + 3u] = spread;
}
