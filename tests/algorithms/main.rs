//! Evolution and gradients against plain references.

mod arms;
mod ec;
mod episodes;
mod es;
mod gradients;
mod policy;
mod q_learning;
#[path = "../support/mod.rs"]
mod support;
