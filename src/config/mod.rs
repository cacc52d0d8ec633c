//! TBD config.
