// Inputs and spikes are exchanged in workgroup memory, with a barrier a substep: for any device.
#import networks/rsnn_f32/neurons

var<private> side: u32;                      // of `spikes`: where those of the last substep are

// Three sides, taken in turn: one is read, the next is written, the last is cleared for the substep after.
var<workgroup> spikes: array<atomic<u32>, 3u * WORDS>;
var<workgroup> lines: array<f32, D_OBS>;
var<workgroup> partial: array<f32, LANES * D_ACT>;
var<workgroup> counts: array<u32, LANES>;
var<workgroup> shared_status: u32;

// Own quads are LANES apart, so that lanes read a row side by side.
fn quad(q: u32) -> u32 {
    return lane + LANES * q;
}

fn is_done(slot: u32, local: u32) -> bool {
    if (local == 0u) {
        shared_status = episode_inout[slot].status;
    }
    for (var i = local; i < 3u * WORDS; i += LANES) {
        atomicStore(&spikes[i], 0u);
    }
    return (workgroupUniformLoad(&shared_status) & DONE) != 0u;
}

fn remember() {
    for (var w = lane; w < WORDS; w += LANES) {
        atomicStore(&spikes[w], stored_spikes(w));
    }
}

fn hear(slot: u32, member: u32) {
    for (var i = lane; i < D_OBS; i += LANES) {
        lines[i] = normalise(member, i, obs_in[slot * D_OBS + i]);
    }
    workgroupBarrier();
}

fn spikes_of(word: u32) -> u32 {
    return atomicLoad(&spikes[side + word]);
}

fn next(side: u32) -> u32 {
    return select(side + WORDS, 0u, side == 2u * WORDS);
}

fn fire(q: u32, bits: u32) {
    if (bits != 0u) {
        atomicOr(&spikes[next(side) + quad(q) / 8u], bits << (4u * (quad(q) % 8u)));
    }
}

fn publish() {
    side = next(side);
    for (var w = lane; w < WORDS; w += LANES) {
        atomicStore(&spikes[next(side) + w], 0u);
    }
    workgroupBarrier();
}

// The actions from the rates; sums of lanes are added in the order of lanes.
fn finish(slot: u32, count: u32) {
    for (var a = 0u; a < opaque(D_ACT); a++) {
        partial[a * LANES + lane] = read_out(ROW_READ_OUT + a);
    }
    counts[lane] = count;
    workgroupBarrier();
    for (var a = lane; a < D_ACT; a += LANES) {
        var sum = 0.0;
        for (var l = 0u; l < LANES; l++) {
            sum += partial[a * LANES + l];
        }
        act(slot, a, sum);
    }
    if (lane == 0u) {
        var sum = 0u;
        for (var l = 0u; l < LANES; l++) {
            sum += counts[l];
        }
        episode_inout[slot].spikes += sum;
    }
}
