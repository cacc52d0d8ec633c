// The forward pass of the spiking network over the sequences of a minibatch, in place of networks/entry: a workgroup
// per sequence. It runs the very text of network.step, and keeps on the tape, for each step, the rates after it and
// the membranes of each substep before their reset; for the first step also the spikes that it hears at first.
//
// Needs N_STATE, SUBSTEPS, LANES, and the constants of algorithms/ppo/batch and layout_by_sequence.
#import structs/PpoFrame
#import structs/ppo_flags
#import rollout/episode
#import algorithms/ppo/batch
#import algorithms/ppo/opaque
#import algorithms/ppo/layout_by_sequence
#import rollout/run
var<storage, read_write> episode_inout: array<Episode>; // only for texts that are not called
var<storage, read> ppo_frame_in: array<PpoFrame>;
var<storage, read> ppo_state_in: array<vec4<u32>>;
var<storage, read_write> ppo_tape_inout: array<vec4<f32>>;

var<private> seen_row: u32;                  // of the observation
var<private> tape_sequence: u32;             // in the minibatch
var<private> step: u32;
var<private> substep: u32;

fn life_of(slot: u32) -> u32 {
    return ppo_frame_in[seen_row].life;
}

fn keep(q: u32, membrane: vec4<f32>) {
    ppo_tape_inout[tape_at(step, 1u + substep, quad(q), tape_sequence)] = membrane;
}

@compute @workgroup_size(LANES)
fn forward(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let b = id.x + id.y * groups.x;
    tape_sequence = b;
    let sequence = sequence_of(b, ppo_learning_in.update);
    let first = (sequence.x * ENVIRONMENTS + sequence.y) * N_STATE / 4u;
    for (var i = local; i < N_STATE / 4u; i += LANES) {
        put_state_quad(b * N_STATE / 4u + i, ppo_state_in[first + i]);
    }
    lane = local;
    for (var q = 0u; q < OWN_QUADS; q++) {
        let word = quad(q) / 8u;
        let bits = ppo_state_in[first + AT_SPIKES + word / 4u][word % 4u] >> (4u * (quad(q) % 8u));
        let fired = (vec4<u32>(bits) & vec4<u32>(1u, 2u, 4u, 8u)) != vec4<u32>();
        ppo_tape_inout[tape_at(0u, 1u + SUBSTEPS, quad(q), b)] = select(vec4<f32>(), vec4<f32>(1.0), fired);
    }
    for (var t = 0u; t < opaque(BPTT); t++) {
        step = t;
        seen_row = row_of(sequence, t);
        if (t > 0u && (ppo_frame_in[seen_row].flags & BEGAN) != 0u) {
            begin_life(b, local);
        }
        storageBarrier();
        clear_shared(local);
        workgroupBarrier();
        load(b, local);
        project(b);
        for (var k = 0u; k < opaque(SUBSTEPS); k++) {
            substep = k;
            receive();
            integrate();
        }
        store();
        for (var q = 0u; q < OWN_QUADS; q++) {
            ppo_tape_inout[tape_at(t, 0u, quad(q), b)] = outputs[q];
        }
    }
}
