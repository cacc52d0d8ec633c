//! What can go wrong with a device.

/// What can go wrong between us and a device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No driver answered.
    #[error(
        "no GPU adapter found: install a Vulkan driver (Debian/Ubuntu: `apt-get install mesa-vulkan-drivers`, which also holds a software driver), \
         or run `make run`, which does it; in a container make the driver's ICD file visible"
    )]
    NoAdapter,
    /// The selector matches nothing.
    #[error("no adapter matches {wanted}; there are: {found} (`gpu-ec devices` lists them)")]
    NoSuchAdapter {
        /// What was asked for.
        wanted: String,
        /// What there is.
        found: String,
    },
    /// `WGPU_BACKEND` names a backend that is not built in.
    #[error("{asked} names a backend that is not built in; here there is {built_in}: set it to that, or unset it")]
    NoSuchBackend {
        /// The variable and its value.
        asked: String,
        /// What could be asked for.
        built_in: String,
    },
    /// The device could not be opened.
    #[error("adapter `{name}` could not be opened: {reason}")]
    Open {
        /// Adapter.
        name: String,
        /// The driver's words.
        reason: String,
    },
    /// A kernel that asks for more than the device has.
    #[error(
        "kernel `{kernel}` needs {needed} {what}; adapter `{adapter}` has {limit}: take another device with --gpu \
         (`gpu-ec devices` lists them), or a smaller network or robot"
    )]
    TooWeak {
        /// Kernel.
        kernel: String,
        /// What there is too little of.
        what: &'static str,
        /// Wanted.
        needed: u32,
        /// The device's limit.
        limit: u32,
        /// Adapter.
        adapter: String,
    },
    /// WGSL that does not compile: a bug of ours, or of a driver.
    #[error("shader {place}: {message}")]
    Shader {
        /// File and line, or the module.
        place: String,
        /// The compiler's words.
        message: String,
    },
    /// A buffer larger than the device takes.
    #[error(
        "buffer `{name}` needs {bytes} bytes; adapter `{adapter}` takes at most {limit} a binding; \
         set `device.slab` lower (or network.neurons)"
    )]
    BufferTooLarge {
        /// Buffer.
        name: String,
        /// Wanted.
        bytes: u64,
        /// The device's limit.
        limit: u64,
        /// Adapter.
        adapter: String,
    },
    /// The device reported an error.
    #[error("the device failed: {0}")]
    Device(String),
    /// The device is gone: reset by its driver, unplugged.
    #[error("the device was lost: {0}")]
    Lost(String),
}
