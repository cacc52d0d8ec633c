// The record of an episode after one more step.
#import rollout/run
#import rollout/episode

// Returns the record after the step. `broken`: the state is non-finite or beyond all bounds; `fallen`: the body is
// unhealthy, and that ends an episode.
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
