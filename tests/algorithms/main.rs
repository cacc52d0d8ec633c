//! Evolution and gradients against plain references.

mod arms;
mod ec;
mod episodes;
mod es;
#[path = "../support/mod.rs"]
mod support;
