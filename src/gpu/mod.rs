//! TBD gpu.
