// Places of the parameters of new lives: a member lives once, in its own slot's place. Twin: places_shared.wgsl.
#import rollout/slot

fn leave_place(slot: u32) {}

fn places_left() {}

fn new_home(slot: u32, life: u32, next: u32) -> Home {
    return Home();
}

fn take_places(lane: u32, next: u32, given: u32) {}
