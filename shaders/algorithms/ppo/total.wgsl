// Sums over a workgroup of WIDTH lanes by a fixed tree.
#import algorithms/ppo/opaque

const WIDTH = 256u;

var<workgroup> shares: array<f32, WIDTH>;

// Returns the sum of all lanes' parts, to all of them.
fn total(local: u32, part: f32) -> f32 {
    workgroupBarrier();
    shares[local] = part;
    workgroupBarrier();
    for (var reach = opaque(WIDTH / 2u); reach > 0u; reach /= 2u) {
        if (local < reach) {
            shares[local] += shares[local + reach];
        }
        workgroupBarrier();
    }
    return shares[0];
}
