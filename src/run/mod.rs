//! TBD run.
