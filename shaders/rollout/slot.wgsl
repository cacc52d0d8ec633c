// A slot's record at the start of an episode. Needs N_SLOTS, N_TERMS.
#import rollout/episode
var<storage, read_write> episode_inout: array<Episode>;
var<storage, read_write> terms_inout: array<f32>;

// Place of the parameters of a slot's member, as its record has it.
struct Home {
    to_theta: u32,
    inherits: u32,
}

fn give_slot(slot: u32, life: u32, home: Home) {
    var episode = Episode();
    episode.life = life;
    episode.to_theta = home.to_theta;
    episode.inherits = home.inherits;
    episode_inout[slot] = episode;
    for (var term = 0u; term < N_TERMS; term++) {
        terms_inout[term * N_SLOTS + slot] = 0.0;
    }
}
