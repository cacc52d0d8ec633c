// Places of the parameters of the first lives: a member lives once, in its own slot's place. Twin:
// opening_shared.wgsl.
#import rollout/slot

fn opening_home(slot: u32) -> Home {
    return Home();
}
