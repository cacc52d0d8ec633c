// The state of the descent in an iteration.
#import structs/PpoLearning
var<storage, read> ppo_learning_in: PpoLearning;
