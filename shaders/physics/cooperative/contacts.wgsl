// The list of contacts, in the order of their candidates whichever lane finds them. If there are too many, the deepest
// stay, and the others are counted.
#import physics/cooperative/touch
#import physics/cooperative/softness
#import physics/cooperative/factor

// If some contact is stiff: the compliance of each contact's spring, and its multiplier, which is added to the
// residual along the normal. Whenever Newton's method has converged, the multiplier becomes the spring's deflection,
// so that the contact behaves as without a spring. Contacts that no joint moves along their normal have no spring: they
// are not stiff, however hard they press.
var<workgroup> gives: array<f32, SPRINGS>;
var<workgroup> multipliers: array<f32, SPRINGS>;
// change that each multiplier needed before, and that it needs now
var<workgroup> moves: array<vec2<f32>, SPRINGS>;

// candidates within their margin, one bit each
var<workgroup> hit_bits: array<atomic<u32>, HIT_WORDS>;
// those of them that are kept
var<workgroup> kept_bits: array<atomic<u32>, HIT_WORDS>;

// Each of the next four functions is the lane's share of a phase; barriers separate the phases.
fn forget_contacts() {
    for (var word = lane; word < HIT_WORDS; word += LANES) {
        atomicStore(&hit_bits[word], 0u);
        atomicStore(&kept_bits[word], 0u);
    }
}

fn find_hits() {
    for (var candidate = lane; candidate < CANDIDATES; candidate += LANES) {
        // The matrix is not built yet, so its memory holds the gaps.
        let gap = touch(candidate).dist - contact_margin(candidate);
        matrix[candidate] = gap;
        if (gap < 0.0) {
            atomicOr(&hit_bits[candidate / 32u], 1u << (candidate % 32u));
        }
    }
}

fn keep_deepest() {
    for (var candidate = lane; candidate < CANDIDATES; candidate += LANES) {
        if (is_hit(candidate) && finds_place(candidate)) {
            atomicOr(&kept_bits[candidate / 32u], 1u << (candidate % 32u));
        }
    }
}

fn enter_contacts() {
    for (var candidate = lane; candidate < CANDIDATES; candidate += LANES) {
        if (is_kept(candidate)) {
            enter_contact(candidate, kept_below(candidate));
        }
    }
    if (lane == 0u) {
        contact_count = kept_below(CANDIDATES);
        contact_overflow += count_hits() - contact_count;
    }
}

fn is_hit(candidate: u32) -> bool {
    return extractBits(atomicLoad(&hit_bits[candidate / 32u]), candidate % 32u, 1u) == 1u;
}

fn is_kept(candidate: u32) -> bool {
    return extractBits(atomicLoad(&kept_bits[candidate / 32u]), candidate % 32u, 1u) == 1u;
}

fn count_hits() -> u32 {
    var count = 0u;
    for (var word = 0u; word < HIT_WORDS; word++) {
        count += countOneBits(atomicLoad(&hit_bits[word]));
    }
    return count;
}

// Returns how many candidates with a smaller number are kept.
fn kept_below(candidate: u32) -> u32 {
    var count = 0u;
    for (var word = 0u; word < HIT_WORDS; word++) {
        let bits = clamp(candidate, 32u * word, 32u * word + 32u) - 32u * word;
        count += countOneBits(extractBits(atomicLoad(&kept_bits[word]), 0u, bits));
    }
    return count;
}

// Returns whether a hit is among the CONTACTS deepest; of equal ones the first is kept.
fn finds_place(candidate: u32) -> bool {
    if (count_hits() <= CONTACTS) {
        return true;
    }
    let gap = matrix[candidate];
    var deeper = 0u;
    for (var other = 0u; other < CANDIDATES; other++) {
        if (is_hit(other)) {
            let rival = matrix[other];
            deeper += select(0u, 1u, (rival < gap) || ((rival == gap) && (other < candidate)));
        }
    }
    return deeper < CONTACTS;
}

// Fills place `at` of the list; the residual is that of zero acceleration.
fn enter_contact(candidate: u32, at: u32) {
    let found = touch(candidate);
    let offset = found.pos - com;
    let bodies = contact_bodies(candidate);
    let first = velocity_of(bodies.x);
    let second = velocity_of(bodies.y);
    let speed = second.lin - first.lin + cross(second.ang - first.ang, offset);
    let bitangent = cross(found.normal, found.tangent);
    let soft = contact_softness(candidate);
    let gap = found.dist - contact_margin(candidate);
    let stiff = impedance(soft, gap);
    let drift = soft.damping * vec3<f32>(dot(found.normal, speed), dot(found.tangent, speed), dot(bitangent, speed));
    contacts[at].offset = offset;
    contacts[at].weight = stiff / ((1.0 - stiff) * contact_diagonal(candidate));
    if (SPRINGY) {
        let moving = BODY_CHAIN[bodies.x] ^ BODY_CHAIN[bodies.y];
        gives[at] = select(0.0, contact_give(candidate), can_move(moving, offset, found.normal));
        multipliers[at] = 0.0;
        moves[at] = vec2<f32>(0.0);
    }
    contacts[at].normal = found.normal;
    contacts[at].friction = contact_friction(candidate);
    contacts[at].tangent = found.tangent;
    contacts[at].candidate = candidate;
    contacts[at].residual = drift + vec3<f32>(soft.stiffness * stiff * gap, 0.0, 0.0);
    contacts[at].first_chain = BODY_CHAIN[bodies.x];
    contacts[at].second_chain = BODY_CHAIN[bodies.y];
}

// Returns whether some joint of a chain can move a point along `direction`.
fn can_move(chain: u32, offset: vec3<f32>, direction: vec3<f32>) -> bool {
    let torque = cross(offset, direction);
    var able = false;
    var rest = chain;
    while (rest != 0u) {
        let axis = axis_of(firstTrailingBit(rest));
        able = able || any(axis.lin * direction != vec3<f32>(0.0)) || any(axis.ang * torque != vec3<f32>(0.0));
        rest &= rest - 1u;
    }
    return able;
}

// Returns the bodies that touch; for a contact with the floor, the first is the world.
fn contact_bodies(candidate: u32) -> vec2<u32> {
    if (candidate < POINTS) {
        return vec2<u32>(0u, SEGMENT_BODY[POINT_SEGMENT[candidate]]);
    }
    let pair = pair_of(candidate);
    return vec2<u32>(SEGMENT_BODY[PAIR_FIRST[pair]], SEGMENT_BODY[PAIR_SECOND[pair]]);
}
