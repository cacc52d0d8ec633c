//! Evolves spiking networks, bodies included, on any GPU.
//!
//! WGSL kernels step a whole population of recurrent spiking networks together with the bodies that they control. A
//! thin host plans the kernels, ranks the returns and moves the distribution that members are drawn from (Evolving
//! Connectivity, Wang et al., NeurIPS 2023, and evolution strategies).
//!
//! Train CartPole in memory (`examples/` goes further):
//!
//! ```no_run
//! use gpu_ec::{Gpu, Plan, Population, Selector, config};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gpu = Gpu::open(&Selector::Best)?;
//! let config = config::load(config::find("cartpole")?, &["algorithm.population=64".into()])?;
//! let plan = Plan::new(&config, gpu.adapter.traits())?;
//! let mut population = Population::new(&gpu, &config, plan)?;
//! while population.generation()?.return_mean < 400.0 {}
//! println!("{:.0}", population.evaluate(32)?.mean);
//! # Ok(())
//! # }
//! ```
//!
//! Step a robot:
//!
//! ```no_run
//! use gpu_ec::{Gpu, Selector, Simulation, physics::mjcf};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gpu = Gpu::open(&Selector::Best)?;
//! let robot = mjcf::compile("pendulum.xml", r#"<mujoco><worldbody><body>
//!     <joint name="hinge" type="hinge" axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0 0 -1"/>
//! </body></worldbody></mujoco>"#)?;
//! let mut simulation = Simulation::new(&gpu, &robot.model, 2)?;
//! simulation.set_state(&[0.1, 0.5], &[0.0, 0.0])?;
//! simulation.step(&[], 100)?;
//! println!("{:?}", simulation.qpos());
//! # Ok(())
//! # }
//! ```
//!
//! A plan is data, so it can be inspected without a GPU:
//!
//! ```
//! use gpu_ec::{Plan, config, kernel::device::DeviceTraits};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = config::load(config::find("hopper")?, &[])?;
//! let plan = Plan::new(&config, DeviceTraits::default())?;
//! assert_eq!(plan.task.d_obs(), 11);
//! for buffer in &plan.buffers {
//!     println!("{}: {} bytes", buffer.id, buffer.bytes);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Session`] is a run with files, evaluations, checkpoints and recovery. Implement [`Observer`] to follow one; end
//! it from another thread with [`Cancel`].
//!
//! Modules that this page does not list are public for the program and its tests alone, and change without notice.

pub mod algorithms;
#[cfg(feature = "plot")]
#[doc(hidden)]
pub mod analysis;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "plot")]
#[doc(hidden)]
pub mod compare;
pub mod config;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod doctor;
#[doc(hidden)]
pub mod files;
pub mod gpu;
#[cfg(feature = "hub")]
#[doc(hidden)]
pub mod hub;
pub mod inspect;
pub mod kernel;
pub mod networks;
#[doc(hidden)]
pub mod npz;
pub mod physics;
pub mod plan;
#[cfg(feature = "plot")]
#[doc(hidden)]
pub mod plot;
pub mod report;
pub mod run;
pub mod tasks;

pub use config::Config;
pub use gpu::{Gpu, Selector};
pub use physics::model::Model;
pub use plan::Plan;
pub use run::{
    cancel::Cancel,
    evolution::population::Population,
    observer::{Ending, Observer},
    session::Session,
    simulation::Simulation,
};
