// Replaces opening.wgsl if a member's lives share its parameters. After the lives of the opening, the host writes for
// each the place of its parameters: twice the place, plus 1 if an earlier life has them drawn. Needs opening_in.
#import rollout/slot

fn opening_home(slot: u32) -> Home {
    let home = opening_in[1u + N_SLOTS + slot];
    return Home((home >> 1u) - slot, home & 1u);
}
