// Bernoulli bits by integer comparison, 32 connections at once: a connection exists if 16 random bits are below
// round(65536 rho). Everything is in bit planes: bit i of a word belongs to connection i. Component c of draw q is
// digit 4 q + c of the random numbers, the most significant first. The thresholds have the layout [17][n_words]: the
// plane of 65536 first, then those of the digits. Twin: algorithms::ec::sample.
#import numerics/philox
#import rollout/run
var<storage, read> distribution_in: array<u32>;

struct Thresholds {
    always: u32,
    digits: array<vec4<u32>, 4>,
}

fn thresholds_of(word: u32) -> Thresholds {
    var result: Thresholds;
    result.always = distribution_in[word];
    for (var q = 0u; q < 4u; q++) {
        let at = (1u + 4u * q) * N_WORDS + word;
        result.digits[q] = vec4<u32>(
            distribution_in[at], distribution_in[at + N_WORDS], distribution_in[at + 2u * N_WORDS], distribution_in[at + 3u * N_WORDS],
        );
    }
    return result;
}

// Result of the digits compared so far, one bit per connection: below the threshold, or still equal.
struct Order {
    below: u32,
    equal: u32,
}

fn digit(order: Order, threshold: u32, random: u32) -> Order {
    return Order(order.below | (order.equal & threshold & ~random), order.equal & ~(threshold ^ random));
}

fn four_digits(before: Order, threshold: vec4<u32>, q: u32, word: u32, member: u32) -> Order {
    let random = philox4x32(vec4<u32>(4u * word + q, member, run.generation, 0u), run.key_sample);
    var order = digit(before, threshold.x, random.x);
    order = digit(order, threshold.y, random.y);
    order = digit(order, threshold.z, random.z);
    return digit(order, threshold.w, random.w);
}

// Draws connections 32 word .. 32 word + 31 of a member.
fn draw_word(word: u32, member: u32, threshold: Thresholds) -> u32 {
    var order = Order(threshold.always, ~threshold.always);
    order = four_digits(order, threshold.digits[0], 0u, word, member);
    order = four_digits(order, threshold.digits[1], 1u, word, member);
    order = four_digits(order, threshold.digits[2], 2u, word, member);
    if (order.equal != 0u) { // one word in 128 is still open
        order = four_digits(order, threshold.digits[3], 3u, word, member);
    }
    return order.below;
}
