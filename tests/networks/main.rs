//! Networks against plain references in f64.

mod bilateral;
mod enu;
mod enu_golden;
mod enu_network;
mod hemispheres;
mod low_rank;
mod rate;
mod reservoir;
mod rsnn;
mod rsnn_f32;
#[path = "../support/mod.rs"]
mod support;
mod tick_net;
