// Episodes that ended since the host last looked, in any order; the host empties the list. Needs N_TERMS,
// ENDED_CAPACITY.
#import rollout/episode
#import structs/EndedHeader
var<storage, read_write> ended_inout: Ended;
var<storage, read_write> ended_terms_out: array<f32>;

struct Ended {
    header: EndedHeader,
    records: array<Episode>,
}
