//! Adapters: those available, and the one that a run uses.

use serde::Serialize;

use super::{GpuError, Limits};
use crate::kernel::device::DeviceTraits;

/// Description of an adapter, as `gpu-ec devices` shows it and runs record it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdapterSummary {
    /// Position in the list.
    pub index: usize,
    /// The driver's name for the device.
    pub name: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub kind: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// PCI address, empty if there is none.
    pub pci: String,
    /// Driver name and version.
    pub driver: String,
    /// Limits for kernels.
    pub limits: Limits,
    /// Lanes per subgroup; 0 without subgroup operations or without a single fixed size.
    pub subgroup: u32,
    /// True if kernels can use 64-bit integers.
    pub int64: bool,
}

/// First major version of Mesa whose software driver computes correctly. With 22.3.6, the tests of arms and of robots
/// shared by several lanes fail.
const RIGHT_MESA: u32 = 23;

impl AdapterSummary {
    pub(super) fn of(index: usize, adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        let one_size = info.subgroup_min_size == info.subgroup_max_size;
        let subgroup = adapter.features().contains(wgpu::Features::SUBGROUP) && one_size;
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => "discrete",
            wgpu::DeviceType::IntegratedGpu => "integrated",
            wgpu::DeviceType::VirtualGpu => "virtual",
            wgpu::DeviceType::Cpu => "software",
            wgpu::DeviceType::Other => "other",
        };
        Self {
            index,
            name: info.name,
            kind: kind.into(),
            backend: info.backend.to_str().into(),
            pci: info.device_pci_bus_id,
            driver: format!("{} {}", info.driver, info.driver_info).trim().into(),
            limits: Limits::of(&adapter.limits()),
            subgroup: if subgroup { info.subgroup_max_size } else { 0 },
            int64: adapter.features().contains(wgpu::Features::SHADER_INT64),
        }
    }

    /// Returns why results of the driver cannot be trusted, and the remedy, if it is known to compute our kernels
    /// wrongly.
    pub fn distrust(&self) -> Option<String> {
        let version = self.driver.split("Mesa ").nth(1)?;
        let major: u32 = version.split('.').next()?.parse().ok()?;
        let wrong = self.is_software() && major < RIGHT_MESA;
        wrong.then(|| {
            let version = version.split_whitespace().next().unwrap_or_default();
            format!(
                "the software driver of Mesa {version} computes steps of robots and of arms wrongly, and slowly: install Mesa {RIGHT_MESA} or \
                 newer (`scripts/ensure-vulkan.sh --upgrade` on Debian)"
            )
        })
    }

    /// Returns the driver without the words that already occur in the name.
    pub fn driver_beside_name(&self) -> String {
        let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_string();
        let known: Vec<String> = self.name.split_whitespace().map(bare).collect();
        let new = self.driver.split_whitespace().filter(|word| !known.contains(&bare(word)));
        new.collect::<Vec<_>>().join(" ")
    }

    /// Returns true if the adapter is a software renderer on the CPU.
    pub fn is_software(&self) -> bool {
        self.kind == "software"
    }

    /// Returns the device properties that a plan depends on.
    pub fn traits(&self) -> DeviceTraits {
        DeviceTraits {
            software: self.is_software(),
            max_binding_bytes: self.limits.binding_bytes.min(self.limits.buffer_bytes),
            workgroup_bytes: self.limits.workgroup_bytes,
            subgroup: self.subgroup as usize,
            int64: self.int64,
        }
    }

    fn rank(&self) -> usize {
        ["discrete", "integrated", "virtual", "other"].iter().position(|kind| *kind == self.kind).unwrap_or(9)
    }
}

/// Choice of an adapter.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Selector {
    /// The best one, in the order discrete, integrated, virtual, other, software.
    #[default]
    Best,
    /// By position in the list.
    Index(usize),
    /// By a part of the name, ignoring case.
    Name(String),
    /// By PCI address.
    Pci(String),
}

impl Selector {
    /// Parses `INDEX`, `pci:ADDRESS` or a part of a name.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match (text.parse(), text.strip_prefix("pci:")) {
            (Ok(index), _) => Self::Index(index),
            (_, Some(address)) => Self::Pci(address.trim().to_lowercase()),
            _ => Self::Name(text.to_lowercase()),
        }
    }

    /// Returns the best of the matching `adapters`; a software renderer only if nothing else matches.
    ///
    /// Errors: no adapters at all, or none that matches.
    pub fn choose<'a>(&self, adapters: &'a [AdapterSummary]) -> Result<&'a AdapterSummary, GpuError> {
        if adapters.is_empty() {
            return Err(GpuError::NoAdapter);
        }
        let fitting = adapters.iter().filter(|adapter| self.accepts(adapter));
        fitting.min_by_key(|adapter| adapter.rank()).ok_or_else(|| {
            let name = |adapter: &AdapterSummary| format!("{} `{}`", adapter.index, adapter.name);
            let found = adapters.iter().map(name).collect::<Vec<_>>().join(", ");
            GpuError::NoSuchAdapter { wanted: self.text(), found }
        })
    }

    fn text(&self) -> String {
        match self {
            Self::Best => "any".into(),
            Self::Index(index) => format!("index {index}"),
            Self::Name(name) => format!("name `{name}`"),
            Self::Pci(address) => format!("pci:{address}"),
        }
    }

    fn accepts(&self, summary: &AdapterSummary) -> bool {
        match self {
            Self::Best => true,
            Self::Index(index) => summary.index == *index,
            Self::Name(name) => !name.is_empty() && summary.name.to_lowercase().contains(name),
            Self::Pci(address) => is_address(&summary.pci.to_lowercase(), address),
        }
    }
}

/// Returns true if `asked` is a device's PCI address, with or without its domain: `0000:65:00.0` or `65:00.0`.
fn is_address(pci: &str, asked: &str) -> bool {
    let without_domain = pci.split_once(':').map_or("", |(_, rest)| rest);
    !asked.is_empty() && (pci == asked || without_domain == asked)
}

/// Environment variable that restricts the backends.
const BACKEND: &str = "WGPU_BACKEND";

/// Backends compiled in on any system, with the names that `WGPU_BACKEND` may use.
const BACKENDS: [(&[&str], wgpu::Backends); 3] = [
    (&["vulkan", "vk"], wgpu::Backends::VULKAN),
    (&["metal", "mtl"], wgpu::Backends::METAL),
    (&["dx12", "d3d12"], wgpu::Backends::DX12),
];

/// Returns the backends in the comma-separated list `asked`, or all of them if it names none.
///
/// Errors: a name that no backend built in for this system has.
fn backends(asked: Option<&str>) -> Result<wgpu::Backends, GpuError> {
    let here = wgpu::Instance::enabled_backend_features();
    let built_in = || BACKENDS.iter().filter(|(_, backend)| here.contains(*backend));
    let Some(asked) = asked.filter(|asked| !asked.trim().is_empty()) else {
        return Ok(built_in().map(|(_, backend)| *backend).collect());
    };
    let find = |name: &str| {
        let found = built_in().find(|(names, _)| names.contains(&name.trim().to_lowercase().as_str()));
        let refuse = || {
            let names: Vec<_> = built_in().map(|(names, _)| names[0]).collect();
            GpuError::NoSuchBackend { asked: format!("{BACKEND}={asked}"), built_in: names.join(", ") }
        };
        found.map(|(_, backend)| *backend).ok_or_else(refuse)
    };
    asked.split(',').map(find).collect()
}

fn adapters() -> Result<Vec<(AdapterSummary, wgpu::Adapter)>, GpuError> {
    let asked = std::env::var_os(BACKEND).map(|asked| asked.to_string_lossy().into_owned());
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends(asked.as_deref())?;
    descriptor.flags = wgpu::InstanceFlags::empty();
    let instance = wgpu::Instance::new(descriptor);
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let summed = |(index, adapter)| (AdapterSummary::of(index, &adapter), adapter);
    Ok(adapters.into_iter().enumerate().map(summed).collect())
}

/// Returns all adapters of this machine, restricted to the backends in `WGPU_BACKEND` if it is set.
///
/// Errors: the variable names a backend that is not built in.
pub fn list() -> Result<Vec<AdapterSummary>, GpuError> {
    Ok(adapters()?.into_iter().map(|(summary, _)| summary).collect())
}

/// Opens the adapter that `selector` chooses.
pub(super) fn pick(selector: &Selector) -> Result<(AdapterSummary, wgpu::Adapter), GpuError> {
    let mut adapters = adapters()?;
    let summaries: Vec<_> = adapters.iter().map(|(summary, _)| summary.clone()).collect();
    let index = selector.choose(&summaries)?.index;
    Ok(adapters.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(index: usize, name: &str, pci: &str) -> AdapterSummary {
        AdapterSummary {
            index,
            name: name.into(),
            kind: "discrete".into(),
            backend: "vulkan".into(),
            pci: pci.into(),
            driver: String::new(),
            limits: Limits::of(&wgpu::Limits::default()),
            subgroup: 0,
            int64: false,
        }
    }

    #[test]
    fn a_selector_that_names_nothing_takes_nothing() {
        let adapters = [gpu(0, "A 1", "0000:01:00.0"), gpu(1, "B 2", "0000:65:00.0"), gpu(2, "software", "")];
        let chosen = |text: &str| Selector::parse(text).choose(&adapters).ok().map(|adapter| adapter.index);
        for text in ["", " ", "pci:", "pci: ", "pci:0", "pci:00.0", "pci:5:00.0", "7", "c"] {
            assert_eq!(chosen(text), None, "{text:?}");
        }
        for text in ["1", "b", " B 2", "pci:0000:65:00.0", "pci:65:00.0"] {
            assert_eq!(chosen(text), Some(1), "{text:?}");
        }
    }

    #[test]
    fn only_backends_that_are_built_in_are_taken() {
        let all = backends(None).expect("there are some");
        assert!(!all.is_empty() && !all.contains(wgpu::Backends::GL), "{all:?}");
        assert_eq!(backends(Some(" ")).expect("nothing is asked for"), all);
        for asked in ["gl", "vulkan,gl", "webgpu", "vulcan", "noop", ","] {
            let message = backends(Some(asked)).expect_err(asked).to_string();
            assert!(message.contains(&format!("WGPU_BACKEND={asked}")), "{message}");
        }
        if all.contains(wgpu::Backends::VULKAN) {
            assert_eq!(backends(Some("Vk, vulkan")).expect("built in"), wgpu::Backends::VULKAN);
        }
    }
}
