// Spikes are exchanged in registers: for a driver whose subgroup is the whole workgroup, at most 8 lanes and 256
// neurons. Made for software drivers: without barriers they keep all private state in registers, and a row is a
// vector.
//
// Counts are bit-sliced: bit b of planes[p] is bit p of the count of own neuron b, so that one full adder serves all
// own neurons.
#import networks/rsnn/neurons
#import networks/rsnn/exchange_subgroup

const PLANES = 9u;                           // counts are 0..256

var<private> spikes: array<u32, 8>;          // of the last substep, all neurons
var<private> rows: array<u32, 256>;          // this lane's words of the rows of neurons that fired in this step
var<private> cached: array<u32, 8>;          // a bit a neuron: whether rows has its row
var<private> left: array<u32, 8>;            // spikes that are still to be counted
var<private> planes: array<u32, PLANES>;
var<private> bytes: array<u32, 8>;           // low 8 bits of the count of own neuron b: byte b / 8 of bytes[b % 8]

fn project(slot: u32) {
    let life = episode_inout[slot].life;
    silence_inputs();
    for (var base = 0u; base < D_OBS; base += LANES) {
        var x = Seen();
        if (base + lane < D_OBS) {
            x = see(slot, life, base + lane);
        }
        drive_from(0u, base, subgroupBroadcast(x, 0u));
        drive_from(1u, base, subgroupBroadcast(x, 1u));
        drive_from(2u, base, subgroupBroadcast(x, 2u));
        drive_from(3u, base, subgroupBroadcast(x, 3u));
        drive_from(4u, base, subgroupBroadcast(x, 4u));
        drive_from(5u, base, subgroupBroadcast(x, 5u));
        drive_from(6u, base, subgroupBroadcast(x, 6u));
        drive_from(7u, base, subgroupBroadcast(x, 7u));
    }
    scale_inputs();
}

// A line beyond the last one has x = 0 and drives nothing.
fn drive_from(l: u32, base: u32, x: Seen) {
    if (l < LANES) {
        drive(base + l, heard(x, own_side()));
    }
}

// Publishes the spikes of own neurons to all lanes.
fn publish(fired: u32) {
    for (var w = 0u; w < 8u; w++) {
        spikes[w] = 0u;
    }
    let bits = fired << bit;
    hear(0u, subgroupBroadcast(bits, 0u));
    hear(1u, subgroupBroadcast(bits, 1u));
    hear(2u, subgroupBroadcast(bits, 2u));
    hear(3u, subgroupBroadcast(bits, 3u));
    hear(4u, subgroupBroadcast(bits, 4u));
    hear(5u, subgroupBroadcast(bits, 5u));
    hear(6u, subgroupBroadcast(bits, 6u));
    hear(7u, subgroupBroadcast(bits, 7u));
}

fn hear(l: u32, bits: u32) {
    if (l < LANES) {
        spikes[l / SPLIT] |= bits;
    }
}

// Returns the spikes of the last substep in this lane's word.
fn spike_word() -> u32 {
    var own = 0u;
    for (var w = 0u; w < 8u; w++) {
        own |= select(0u, spikes[w], w == word);
    }
    return own;
}

// Counts, for every own neuron, the connections from neurons that fired. Returns the number of inhibitory spikes:
// the synaptic sum (excitatory minus inhibitory) is the count minus that number.
fn receive() -> u32 {
    fetch_rows();
    add_rows();
    spread_planes();
    var inhibitory = 0u;
    for (var w = 0u; w < WORDS; w++) {
        let begin = on_side(32u * w);
        let first = clamp(N_EXC, begin, begin + 32u) - begin;
        inhibitory += select(0u, countOneBits(spikes[w] >> (first & 31u)), first < 32u);
    }
    return inhibitory;
}

fn count_of(b: u32) -> u32 {
    return extractBits(bytes[b % 8u], b / 8u * 8u, 8u) + select(0u, 256u, has(planes[8], b));
}

// Copies the rows of neurons that fire for the first time in this step: private memory is read several times faster.
fn fetch_rows() {
    var fresh: array<u32, 8>;
    var todo = 0u;                           // bit w: fresh[w] is still to be taken
    for (var w = 0u; w < 8u; w++) {
        fresh[w] = spikes[w] & ~cached[w];
        cached[w] |= spikes[w];
        todo |= select(0u, 1u << w, fresh[w] != 0u);
    }
    var pending = 0u;                        // what is left of the word being worked on
    var taken = 0u;                          // its index
    while ((pending | todo) != 0u) {
        if (pending == 0u) {
            taken = firstTrailingBit(todo);
            todo &= todo - 1u;
            for (var w = 0u; w < 8u; w++) {
                pending |= select(0u, fresh[w], w == taken);
            }
        }
        let neuron = 32u * taken + firstTrailingBit(pending);
        pending &= pending - 1u;
        rows[neuron] = own_bits(ROW_HIDDEN + own_first(neuron)) ^ select(0u, 0xffffffffu, on_side(neuron) >= N_EXC);
    }
}

// Adds the rows of all neurons that fired; an iteration takes one neuron of every word.
fn add_rows() {
    for (var p = 0u; p < PLANES; p++) {
        planes[p] = 0u;
    }
    for (var w = 0u; w < 8u; w++) {
        left[w] = spikes[w];
    }
    while ((left[0] | left[1] | left[2] | left[3] | left[4] | left[5] | left[6] | left[7]) != 0u) {
        let twos_a = add(0u, next_row(0u), next_row(1u));
        let twos_b = add(0u, next_row(2u), next_row(3u));
        let twos_c = add(0u, next_row(4u), next_row(5u));
        let twos_d = add(0u, next_row(6u), next_row(7u));
        let fours_a = add(1u, twos_a, twos_b);
        let fours_b = add(1u, twos_c, twos_d);
        var carry = add(2u, fours_a, fours_b);
        for (var p = 3u; p < PLANES; p++) {
            let next = planes[p] & carry;
            planes[p] ^= carry;
            carry = next;
        }
    }
}

// Takes the first neuron left in word w and returns its row, or 0 if none is left.
fn next_row(w: u32) -> u32 {
    let bits = left[w];
    left[w] = bits & (bits - 1u);
    return select(0u, rows[32u * w + (firstTrailingBit(bits) & 31u)], bits != 0u);
}

// Adds a and b to plane p by a full adder; returns the carry.
fn add(p: u32, a: u32, b: u32) -> u32 {
    let half = a ^ b;
    let carry = (a & b) | (planes[p] & half);
    planes[p] ^= half;
    return carry;
}

// Turns planes into bytes: transposes 8 x 8 blocks of bits.
fn spread_planes() {
    for (var p = 0u; p < 8u; p++) {
        bytes[p] = planes[p];
    }
    exchange(0u, 4u, 4u, 0x0f0f0f0fu);
    exchange(1u, 5u, 4u, 0x0f0f0f0fu);
    exchange(2u, 6u, 4u, 0x0f0f0f0fu);
    exchange(3u, 7u, 4u, 0x0f0f0f0fu);
    exchange(0u, 2u, 2u, 0x33333333u);
    exchange(1u, 3u, 2u, 0x33333333u);
    exchange(4u, 6u, 2u, 0x33333333u);
    exchange(5u, 7u, 2u, 0x33333333u);
    exchange(0u, 1u, 1u, 0x55555555u);
    exchange(2u, 3u, 1u, 0x55555555u);
    exchange(4u, 5u, 1u, 0x55555555u);
    exchange(6u, 7u, 1u, 0x55555555u);
}

fn exchange(i: u32, j: u32, shift: u32, mask: u32) {
    let differ = ((bytes[i] >> shift) ^ bytes[j]) & mask;
    bytes[j] ^= differ;
    bytes[i] ^= differ << shift;
}

// Computes the action from the signed rates.
fn read_out(slot: u32, count: u32) {
    for (var a = 0u; a < D_ACT; a++) {
        act_on_sum(slot, a, own_output(a));
    }
    conclude(slot, count);
}
