// The gradient estimate with perturbations of low rank: the sum over the pairs p of a block of members of (u_2p -
// u_2p+1) eps_p. For a matrix, eps_p is a product of factors. First all factors of the block's pairs are drawn, then
// every parameter adds its own products. Sums of CHUNK pairs are added to the total in the order of members. Needs
// QUADS, MEMBER_QUADS, CHUNK, WORKGROUP.
#import algorithms/es/noise
#import rollout/factors
var<storage, read> utility_in: array<i32>;
var<storage, read_write> noise_inout: array<vec4<f32>>;
var<storage, read_write> gradient_inout: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn resample(@builtin(global_invocation_id) gid: vec3<u32>) {
    if (gid.x < MEMBER_QUADS) {
        noise_inout[gid.y * MEMBER_QUADS + gid.x] = perturbation(gid.x, run.member_base / 2u + gid.y);
    }
}

// Place of the perturbation of a quad of parameters.
struct Place {
    left: u32,                                // first word of the row's left factors
    right: u32,                               // quad of the first right factor
    plain: bool,                              // that quad itself is the perturbation
}

fn place_of(quad: u32) -> Place {
    let row = quad / ROW_QUADS;
    if (row >= N_ROWS) {
        return Place(0u, TAIL / 4u + quad - N_ROWS * ROW_QUADS, true);
    }
    let part = part_of(row);
    return Place(row * RANK, right_quad(part, 0u) + quad % ROW_QUADS, is_vector(part));
}

fn perturbation_at(place: Place, pair: u32) -> vec4<f32> {
    let words = pair * MEMBER_QUADS;
    if (place.plain) {
        return noise_inout[words + place.right];
    }
    var sum = vec4<f32>();
    for (var k = 0u; k < RANK; k++) {
        let left = place.left + k;
        sum += noise_inout[words + left / 4u][left % 4u] * noise_inout[words + place.right + k * ROW_QUADS];
    }
    return FACTOR_SCALE * sum;
}

@compute @workgroup_size(WORKGROUP)
fn gradient(@builtin(global_invocation_id) gid: vec3<u32>) {
    let quad = gid.x;
    if (quad >= QUADS) {
        return;
    }
    let place = place_of(quad);
    var total = gradient_inout[quad];
    let pairs = run.n_slots / 2u;
    for (var base = 0u; base < pairs; base += CHUNK) {
        var sum = vec4<f32>();
        let end = min(base + CHUNK, pairs);
        for (var pair = base; pair < end; pair++) {
            let difference = utility_in[2u * pair] - utility_in[2u * pair + 1u];
            sum += f32(difference) * perturbation_at(place, pair);
        }
        total += sum;
    }
    gradient_inout[quad] = total;
}
