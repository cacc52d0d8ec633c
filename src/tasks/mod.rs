//! TBD tasks.
