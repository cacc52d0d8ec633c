// A network without hemispheres that sees the observations of a recorded rollout, in place of whole.wgsl. Needs D_OBS
// and seen_row of the importing module.
#import networks/sides/order
var<storage, read> ppo_obs_in: array<f32>;

alias Seen = f32;

fn see(slot: u32, life: u32, i: u32) -> f32 {
    return ppo_obs_in[seen_row * D_OBS + i];
}
