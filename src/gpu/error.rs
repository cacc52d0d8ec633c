//! Errors of a device.

/// An error of a device, or in reaching one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No driver found an adapter.
    #[error(
        "no GPU adapter found: install a Vulkan driver (Debian/Ubuntu: `apt-get install mesa-vulkan-drivers`, which also holds a software driver), \
         or run `make run`, which does it; in a container make the driver's ICD file visible"
    )]
    NoAdapter,
    /// No adapter matches the selector.
    #[error("no adapter matches {wanted}; there are: {found} (`gpu-ec devices` lists them)")]
    NoSuchAdapter {
        /// Adapter asked for.
        wanted: String,
        /// Adapters present.
        found: String,
    },
    /// `WGPU_BACKEND` names a backend that is not built in.
    #[error("{asked} names a backend that is not built in; here there is {built_in}: set it to that, or unset it")]
    NoSuchBackend {
        /// The variable with its value.
        asked: String,
        /// Backends that are built in.
        built_in: String,
    },
    /// The device could not be opened.
    #[error("adapter `{name}` could not be opened: {reason}")]
    Open {
        /// Name of the adapter.
        name: String,
        /// Message of the driver.
        reason: String,
    },
    /// A kernel that exceeds a device limit.
    #[error(
        "kernel `{kernel}` needs {needed} {what}; adapter `{adapter}` has {limit}: take another device with --gpu \
         (`gpu-ec devices` lists them), or a smaller network or robot"
    )]
    TooWeak {
        /// Name of the kernel.
        kernel: String,
        /// Exceeded resource.
        what: &'static str,
        /// Amount that the kernel needs.
        needed: u32,
        /// Limit of the device.
        limit: u32,
        /// Name of the adapter.
        adapter: String,
    },
    /// WGSL that does not compile: a bug in this crate or in a driver.
    #[error("shader {place}: {message}")]
    Shader {
        /// File and line, or the module.
        place: String,
        /// Message of the compiler.
        message: String,
    },
    /// A buffer larger than the device can bind.
    #[error(
        "buffer `{name}` needs {bytes} bytes; adapter `{adapter}` takes at most {limit} a binding; \
         set `device.slab` lower (or network.neurons)"
    )]
    BufferTooLarge {
        /// Name of the buffer.
        name: String,
        /// Size of the buffer, in bytes.
        bytes: u64,
        /// Limit of the device, in bytes.
        limit: u64,
        /// Name of the adapter.
        adapter: String,
    },
    /// The device reported an error.
    #[error("the device failed: {0}")]
    Device(String),
    /// The device is gone, for example unplugged or reset by its driver.
    #[error("the device was lost: {0}")]
    Lost(String),
}
