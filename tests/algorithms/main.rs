//! Evolution and gradients against plain references.

mod arms;
mod ec;
mod episodes;
mod es;
mod gradients;
mod policy;
#[path = "../support/mod.rs"]
mod support;
