// Goes to the next round of a minibatch.
#import structs/PpoLearning
var<storage, read_write> ppo_learning_inout: PpoLearning;

@compute @workgroup_size(1)
fn next_round() {
    ppo_learning_inout.round += 1u;
}
