// One unit as a network: an individual is a row, and those of a workgroup are neighbours among the living. Episodes of
// a member share a chromosome, which is read once for all of them; where a workgroup has several members, it steps once
// for each and keeps what is theirs. Actions are the first outputs, observations the first inputs.
//
// Constants: those of unit.wgsl, D_OBS, D_ACT, N_WORDS.
#import networks/enu/unit
#import rollout/run
#import rollout/episode
#import rollout/slots
#import rollout/theta
var<storage, read> obs_in: array<f32>;
var<storage, read_write> action_out: array<f32>;
var<storage, read_write> episode_inout: array<Episode>;

const NO_PLACE = 0xffffffffu;

var<private> slots: array<u32, 4>;           // of own rows
var<private> places: array<u32, 4>;          // of their parameters, NO_PLACE once they have stepped

fn noise_at(j: u32) -> Rows {
    return Rows();
}

fn observed(slot: u32, i: u32) -> f32 {
    if (i < D_OBS) {
        return obs_in[slot * D_OBS + i];
    }
    return 0.0;
}

// Sets own rows from the k-th living slots on; rows without a living slot stand for slot 0, and keep nothing.
fn find_rows(first: u32) {
    for (var r = 0u; r < ROWS; r++) {
        let slot = living(first + row_of(r));
        let is_none = slot == NO_SLOT;
        slots[r] = select(slot, 0u, is_none);
        let is_over = (episode_inout[slots[r]].status & DONE) != 0u;
        places[r] = select(place_of(slots[r]), NO_PLACE, is_none || is_over);
        home[r] = slots[r] * STATE_QUADS;
    }
}

// Returns the first place that rows of the workgroup still have to step with.
fn next_place() -> u32 {
    var first = places[0];
    for (var r = 1u; r < ROWS; r++) {
        first = min(first, places[r]);
    }
    return lowest(first);
}

fn load_inputs() {
    for (var q = own_first(); q < opaque(X_LINES / 4u); q += own_stride()) {
        var quads: array<vec4<f32>, 4>;
        for (var r = 0u; r < ROWS; r++) {
            let i = 4u * q;
            let slot = slots[r];
            quads[r] = vec4<f32>(
                observed(slot, i), observed(slot, i + 1u), observed(slot, i + 2u), observed(slot, i + 3u),
            );
        }
        put_lines(X_AT + 4u * q, quads[0], quads[1], quads[2], quads[3]);
    }
}

fn act() {
    for (var a = own_first(); a < opaque(D_ACT); a += own_stride()) {
        let outputs = quad_of(lines[place(O_AT + a)]);
        for (var r = 0u; r < ROWS; r++) {
            if (stays[r]) {
                action_out[slots[r] * D_ACT + a] = outputs[r];
            }
        }
    }
}

// Sets which rows step with `place`.
fn choose(wanted: u32) {
    for (var r = 0u; r < ROWS; r++) {
        stays[r] = places[r] == wanted;
        places[r] = select(places[r], NO_PLACE, stays[r]);
    }
}

@compute @workgroup_size(LANES)
fn network_reset(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = (id.x + id.y * groups.x) * GROUP_ROWS;
    for (var row = 0u; row < GROUP_ROWS; row++) {
        let slot = fresh(first + row);
        if (slot != NO_SLOT) {
            for (var q = local; q < STATE_QUADS; q += LANES) {
                network_state_inout[slot * STATE_QUADS + q] = vec4<f32>();
            }
        }
    }
}

@compute @workgroup_size(LANES)
fn network_step(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    lane = local;
    find_rows((id.x + id.y * groups.x) * GROUP_ROWS);
    while (true) {
        let wanted = next_place();
        if (wanted == NO_PLACE) {
            break;
        }
        choose(wanted);
        chromosome = wanted * N_WORDS / 4u;
        load_states();
        load_inputs();
        meet();
        update();
        read_out();
        act();
        store_states();
        meet();
    }
}
