// The record of an episode after one more step.
#import rollout/run
#import rollout/episode

// `broken`: a state that is not finite, or beyond all bounds; `fallen`: unhealthy, where that ends an episode.
fn after_step(before: Episode, overflow: u32, broken: bool, fallen: bool) -> Episode {
    var episode = before;
    episode.length += 1u;
    episode.contact_overflow += overflow;
    if (broken) {
        episode.status |= DONE | NON_FINITE;
    }
    if (episode.length >= run.episode_cap) {
        episode.status |= DONE;
    }
    if (fallen && (run.no_termination == 0u)) {
        episode.status |= DONE | TERMINATED;
    }
    return episode;
}
