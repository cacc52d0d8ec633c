// Episodes that ended since the host last looked, in any order; it empties the list. Twin of the header: plan::EndedHeader.
// Needs N_TERMS, ENDED_CAPACITY.
#import rollout/episode
#buffer ended_inout: Ended
#buffer ended_terms_out: array<f32>

struct EndedHeader {
    // records in the list
    count: u32,
    // slots still living
    living: u32,
    // the first life that has no slot yet
    next_life: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
    pad3: u32,
    pad4: u32,
}

struct Ended {
    header: EndedHeader,
    records: array<Episode>,
}
