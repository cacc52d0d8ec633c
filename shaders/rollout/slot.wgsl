// A slot's record at the start of an episode. Needs N_SLOTS, N_TERMS.
#import rollout/episode
#buffer episode_inout: array<Episode>
#buffer terms_inout: array<f32>

fn give_slot(slot: u32, member: u32) {
    var episode = Episode();
    episode.member = member;
    episode_inout[slot] = episode;
    for (var term = 0u; term < N_TERMS; term++) {
        terms_inout[term * N_SLOTS + slot] = 0.0;
    }
}
