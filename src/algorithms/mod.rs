//! TBD algorithms.
