//! The only folder that names wgpu: adapters, pipelines from reflected kernels, named buffers, submissions.

mod adapter;
mod device;
mod reflect;
mod workspace;

pub use adapter::{AdapterSummary, Selector, list};
pub use device::{Gpu, GpuError, Pipeline};
pub use workspace::{Batch, PendingRead, Submission, Workgroups, Workspace, fold};
