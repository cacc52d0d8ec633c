//! TBD report.
