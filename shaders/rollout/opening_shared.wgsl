// In place of opening.wgsl where a member's lives share its parameters: after the lives of the opening, the host says
// for each where its parameters stand, twice the place, plus 1 if an earlier one has them drawn. Needs opening_in.
#import rollout/slot

fn opening_home(slot: u32) -> Home {
    let home = opening_in[1u + N_SLOTS + slot];
    return Home((home >> 1u) - slot, home & 1u);
}
