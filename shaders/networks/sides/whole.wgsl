// A network without hemispheres: what neurons receive of an observation, and the order of neurons and actions. Twin:
// bilateral.wgsl. Needs D_OBS, lane and obs_in of the importing module.
#import networks/sides/order

// An entry of the observation as neurons receive it.
alias Seen = f32;

fn see(slot: u32, life: u32, i: u32) -> f32 {
    return normalise(life, i, obs_in[slot * D_OBS + i]);
}
