// Record of a slot's episode.
#import structs/Episode
#import structs/status
