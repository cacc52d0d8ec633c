//! TBD networks.
