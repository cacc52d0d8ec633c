// What is known of the episode of a slot.
#import structs/Episode
#import structs/status
