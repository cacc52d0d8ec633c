// The observation normaliser: statistics frozen during a generation, sums taken for the next one.
// Needs D_OBS, NORMALISER_CLIP.
#import rollout/run
var<storage, read> normaliser_in: array<f32>;
var<storage, read_write> moments_inout: array<f32>;

// Returns clip((obs - mean) / max(std, floor), +-clip). In the first n_moment_lives lives, also adds obs - mean and
// its square to the life's sums. Each (life, i) must be visited by one invocation per step, in time order.
fn normalise(life: u32, i: u32, obs: f32) -> f32 {
    let centred = obs - normaliser_in[i];
    if (life < run.n_moment_lives) {
        let at = life * 2u * D_OBS + i;
        moments_inout[at] += centred;
        moments_inout[at + D_OBS] += centred * centred;
    }
    return scaled(i, obs);
}

// Returns the same without adding to the sums.
fn scaled(i: u32, obs: f32) -> f32 {
    return clamp((obs - normaliser_in[i]) * normaliser_in[D_OBS + i], -NORMALISER_CLIP, NORMALISER_CLIP);
}
