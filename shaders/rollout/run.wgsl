// The rollout in flight, or the block of members in hand.
#import structs/Run
var<uniform> run: Run;
