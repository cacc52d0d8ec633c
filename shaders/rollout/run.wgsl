// Parameters of the current rollout, or of the current block of members.
#import structs/Run
var<uniform> run: Run;
