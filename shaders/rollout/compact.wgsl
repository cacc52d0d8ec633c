// Runs between two steps, as one workgroup. Moves episodes that ended to the host's list, and gives their slots to the
// next lives. If none are left, it takes the slots off the live list. A slot whose record finds no room waits, done,
// until the list is emptied. Works in place: a slot only ever moves towards the front, and a chunk is read before it
// is written. Needs COMPACT_WIDTH.
#import rollout/run
#import rollout/slot
#import rollout/places
#import rollout/ended
#import rollout/dispatch_args
var<storage, read_write> live_inout: array<u32>;
var<storage, read_write> fresh_out: array<u32>;

var<workgroup> sums: array<u32, COMPACT_WIDTH>;
var<workgroup> shared_count: u32;

fn record(slot: u32, place: u32) {
    ended_inout.records[place] = episode_inout[slot];
    for (var term = 0u; term < N_TERMS; term++) {
        ended_terms_out[place * N_TERMS + term] = terms_inout[term * N_SLOTS + slot];
    }
}

// Sets sums[lane] to the sum of `value` over the lanes up to this one.
fn scan(lane: u32, value: u32) {
    sums[lane] = value;
    workgroupBarrier();
    for (var stride = 1u; stride < COMPACT_WIDTH; stride *= 2u) {
        var before = 0u;
        if (lane >= stride) {
            before = sums[lane - stride];
        }
        workgroupBarrier();
        sums[lane] += before;
        workgroupBarrier();
    }
}

@compute @workgroup_size(COMPACT_WIDTH)
fn compact(@builtin(local_invocation_index) lane: u32) {
    if (lane == 0u) {
        shared_count = live_inout[0];
    }
    let count = workgroupUniformLoad(&shared_count);
    var recorded = ended_inout.header.count;
    var next_life = ended_inout.header.next_life;
    var kept = 0u;
    var fresh = 0u;
    storageBarrier(); // all lanes have read what the first one writes at the end
    for (var base = 0u; base < count; base += COMPACT_WIDTH) {
        let here = base + lane < count;
        var slot = 0u;
        var done = false;
        if (here) {
            slot = live_inout[1u + base + lane];
            done = (episode_inout[slot].status & DONE) != 0u;
        }
        storageBarrier();
        scan(lane, u32(done));
        let rank = sums[lane] - u32(done); // among the slots that are done
        let room = min(sums[COMPACT_WIDTH - 1u], ENDED_CAPACITY - recorded);
        let given = min(room, run.population - next_life);
        let dropped = max(min(rank, room), given) - given; // before this one
        if (done && rank < room) {
            record(slot, recorded + rank);
            leave_place(slot);
        }
        places_left();
        if (done && rank < given) {
            give_slot(slot, next_life + rank, new_home(slot, next_life + rank, next_life));
            fresh_out[1u + fresh + rank] = slot;
        }
        if (here && !(done && rank >= given && rank < room)) {
            live_inout[1u + kept + lane - dropped] = slot;
        }
        take_places(lane, next_life, given);
        kept += min(count - base, COMPACT_WIDTH) - (room - given);
        fresh += given;
        recorded += room;
        next_life += given;
        workgroupBarrier();
    }
    if (lane == 0u) {
        live_inout[0] = kept;
        fresh_out[0] = fresh;
        ended_inout.header.count = recorded;
        ended_inout.header.living = kept;
        ended_inout.header.next_life = next_life;
        write_dispatch_args(kept, fresh);
    }
}
