// Replaces places.wgsl if a member's lives share its parameters. Lives get slots in order, so the members that have a
// place are those that live and at most one more, whose next lives come first. Hence there are always enough places.
// Needs N_PLACES.
//
// Words: the number of free places, the place of the member that was opened last, the free places, and for each place
// how many lives of its member are not over. The host writes them as they are after the opening.
#import rollout/run
#import rollout/lives
#import rollout/slot
var<storage, read_write> places_inout: array<atomic<u32>>;

const LAST = 1u;
const FREE = 2u;
const NOT_OVER = FREE + N_PLACES;

// Ends a slot's life, and frees the member's place after its last one.
fn leave_place(slot: u32) {
    let place = slot + episode_inout[slot].to_theta;
    if (atomicSub(&places_inout[NOT_OVER + place], 1u) == 1u) {
        atomicStore(&places_inout[FREE + atomicAdd(&places_inout[0], 1u)], place);
    }
}

// Waits until all lanes have left their places.
fn places_left() {
    storageBarrier();
}

// Returns the first member whose lives all lie at `life` or behind it.
fn opened_from(life: u32) -> u32 {
    return member_of(life + run.extra_episodes);
}

// Returns the home of `life`, one of the lives from `next` on that get their slots now.
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

// Removes the places that the `given` lives from `next` on have taken from the free ones.
fn take_places(lane: u32, next: u32, given: u32) {
    storageBarrier();
    let opened = opened_from(next + given) - opened_from(next);
    if (lane == 0u && opened > 0u) {
        let free = atomicLoad(&places_inout[0]) - opened;
        atomicStore(&places_inout[LAST], atomicLoad(&places_inout[FREE + free]));
        atomicStore(&places_inout[0], free);
    }
}
