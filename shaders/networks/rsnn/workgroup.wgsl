// Spikes are exchanged in workgroup memory, with one barrier per substep: for any number of neurons and lanes, on any
// device. Several counters are packed in a register: own neuron b is counted in register b % FIELD_BITS, field b /
// FIELD_BITS.
#import networks/rsnn/neurons
#import networks/rsnn/exchange_workgroup

const REGISTERS = min(OWN, FIELD_BITS);
const BLOCK = min(WORDS, 8u);                // words of spikes that one loop works through

var<private> counters: array<u32, REGISTERS>;
var<workgroup> inputs: array<Seen, D_OBS>;

fn project(slot: u32) {
    let life = episode_inout[slot].life;
    for (var i = lane; i < D_OBS; i += LANES) {
        inputs[i] = see(slot, life, i);
    }
    workgroupBarrier();
    silence_inputs();
    for (var j = 0u; j < D_OBS; j++) {
        drive(j, heard(inputs[j], own_side()));
    }
    scale_inputs();
}

// Publishes the spikes of own neurons to all lanes; clears the side after that.
fn publish(fired: u32) {
    side = next(side);
    if (SPLIT == 1u) {
        atomicStore(&spikes[side + word], fired);
    } else {
        atomicOr(&spikes[side + word], fired << bit);
        if (bit == 0u) {
            atomicStore(&spikes[next(side) + word], 0u);
        }
    }
    workgroupBarrier();
}

// Returns the spikes of the last substep in this lane's word.
fn spike_word() -> u32 {
    return atomicLoad(&spikes[side + word]);
}

// Counts, for every own neuron, the connections from neurons that fired. Returns the number of inhibitory spikes:
// the synaptic sum (excitatory minus inhibitory) is the count minus that number.
fn receive() -> u32 {
    for (var r = 0u; r < REGISTERS; r++) {
        counters[r] = 0u;
    }
    var inhibitory = 0u;
    for (var base = 0u; base < WORDS; base += BLOCK) {
        var words: array<u32, BLOCK>;
        var todo = 0u;                       // bit i: words[i] is still to be taken
        for (var i = 0u; i < BLOCK; i++) {
            words[i] = select(0u, atomicLoad(&spikes[side + min(base + i, WORDS - 1u)]), base + i < WORDS);
            todo |= select(0u, 1u << i, words[i] != 0u);
        }
        var pending = 0u;                    // what is left of the word being worked on
        var taken = 0u;                      // its index
        while ((pending | todo) != 0u) {
            if (pending == 0u) {
                taken = firstTrailingBit(todo);
                todo &= todo - 1u;
                for (var i = 0u; i < BLOCK; i++) {
                    pending |= select(0u, words[i], i == taken);
                }
            }
            let neuron = 32u * (base + taken) + firstTrailingBit(pending);
            pending &= pending - 1u;
            let flip = select(0u, 0xffffffffu, on_side(neuron) >= N_EXC);
            inhibitory += flip & 1u;
            let bits = own_bits(ROW_HIDDEN + own_first(neuron)) ^ flip;
            for (var r = 0u; r < REGISTERS; r++) {
                counters[r] += (bits >> r) & FIELD_MASK;
            }
        }
    }
    return inhibitory;
}

fn count_of(b: u32) -> u32 {
    return extractBits(counters[b % FIELD_BITS], b / FIELD_BITS * FIELD_BITS, FIELD_BITS);
}

// Computes the action from the signed rates.
fn read_out(slot: u32, count: u32) {
    for (var a = 0u; a < D_ACT; a++) {
        give(a, own_output(a));
    }
    conclude(slot, count);
}
