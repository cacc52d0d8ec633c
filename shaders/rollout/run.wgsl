// The rollout in flight, or the block of members in hand. Twin: plan::RunParams.
struct Run {
    key_sample: vec2<u32>,
    key_start: vec2<u32>,
    key_membrane: vec2<u32>,
    key_action: vec2<u32>,
    generation: u32,
    // outside a rollout: the member in slot 0
    member_base: u32,
    // slots in use
    n_slots: u32,
    // lives below this feed the normaliser
    n_moment_lives: u32,
    // an episode is truncated after this many steps
    episode_cap: u32,
    // 1: the task draws uniform actions itself
    random_actions: u32,
    // 1: a fall does not end the episode
    no_termination: u32,
    // lives below this are lived, as slots become free
    population: u32,
    // strengths of the helping force: lift, upright, damping, turning
    harness: vec4<f32>,
    // what the terms of the reward are multiplied by, in their order
    reward_factors: mat2x4<f32>,
    // episodes of a member beside its first
    extra_episodes: u32,
    // 1: episode k of all members begins alike
    common_starts: u32,
    pad0: u32,
    pad1: u32,
}
#uniform run: Run
