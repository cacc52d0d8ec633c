//! Evolution and gradients against plain references.

mod arms;
mod ec;
mod enu;
mod episodes;
mod es;
mod es_power;
mod gradients;
mod policy;
mod q_learning;
#[path = "../support/mod.rs"]
mod support;
