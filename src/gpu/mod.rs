//! Adapters, pipelines from reflected kernels, named buffers, submissions. No other folder names wgpu.

mod adapter;
mod cache;
mod compiling;
mod device;
mod error;
mod fault;
mod limits;
mod pipeline_cache;
mod reflect;
mod workspace;

pub use crate::kernel::entry::fold;
pub use adapter::{AdapterSummary, Selector, list};
pub use cache::Cache;
pub use compiling::Compiling;
pub use device::{Gpu, Pipeline};
pub use error::GpuError;
pub use fault::Breaker;
pub use limits::{Limits, Missing, Requirements};
pub use workspace::{Batch, PendingRead, ReadRange, Submission, Workgroups, Workspace};
