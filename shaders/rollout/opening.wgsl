// Where the parameters of the first lives stand: a member lives once, and in its own slot's place. Twin:
// opening_shared.wgsl.
#import rollout/slot

fn opening_home(slot: u32) -> Home {
    return Home();
}
