// In place of places.wgsl where a member's lives share its parameters. Lives get slots in order, so that the members
// that have a place are those that live and, at most, one whose next lives come first: there are always enough. Needs
// N_PLACES. Words: how many places are free, the place of the member that was opened last, the free ones, and how many
// lives of the member in each place are not over. The host writes them as they are after the opening.
#import rollout/run
#import rollout/lives
#import rollout/slot
var<storage, read_write> places_inout: array<atomic<u32>>;

const LAST = 1u;
const FREE = 2u;
const NOT_OVER = FREE + N_PLACES;

// A slot's life is over; after the member's last one its place is free.
fn leave_place(slot: u32) {
    let place = slot + episode_inout[slot].to_theta;
    if (atomicSub(&places_inout[NOT_OVER + place], 1u) == 1u) {
        atomicStore(&places_inout[FREE + atomicAdd(&places_inout[0], 1u)], place);
    }
}

// All lanes have left what they leave.
fn places_left() {
    storageBarrier();
}

// The first member whose lives all lie at `life` or behind it.
fn opened_from(life: u32) -> u32 {
    return member_of(life + run.extra_episodes);
}

// The home of `life`, one of the lives from `next` on that get their slots now.
fn new_home(slot: u32, life: u32, next: u32) -> Home {
    let member = member_of(life);
    let first = opened_from(next);
    if (member < first) {
        return Home(atomicLoad(&places_inout[LAST]) - slot, 1u);
    }
    let place = atomicLoad(&places_inout[FREE + atomicLoad(&places_inout[0]) - 1u - (member - first)]);
    let opens = opened_from(life) == member;
    if (opens) {
        atomicStore(&places_inout[NOT_OVER + place], 1u + run.extra_episodes);
    }
    return Home(place - slot, u32(!opens));
}

// The places that the `given` lives from `next` on have taken are free no more.
fn take_places(lane: u32, next: u32, given: u32) {
    storageBarrier();
    let opened = opened_from(next + given) - opened_from(next);
    if (lane == 0u && opened > 0u) {
        let free = atomicLoad(&places_inout[0]) - opened;
        atomicStore(&places_inout[LAST], atomicLoad(&places_inout[FREE + free]));
        atomicStore(&places_inout[0], free);
    }
}
