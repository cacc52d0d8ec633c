//! Adapters: what there is, and which one a run takes.

use serde::Serialize;

use super::{GpuError, Limits};
use crate::plan::build::DeviceTraits;

/// An adapter in words and numbers, as `gpu-ec devices` shows it and runs record it.
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
    /// PCI address, empty where there is none.
    pub pci: String,
    /// Driver name and version.
    pub driver: String,
    /// What it gives to a kernel.
    pub limits: Limits,
    /// Lanes of a subgroup, where there are subgroup operations and one size only; 0 elsewhere.
    pub subgroup: u32,
    /// Whether kernels may compute with 64-bit integers.
    pub int64: bool,
}

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

    /// Whether the adapter is a software renderer on the CPU.
    pub fn is_software(&self) -> bool {
        self.kind == "software"
    }

    /// What a plan must know of the adapter.
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

/// Which adapter to take.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Selector {
    /// The best one: discrete, integrated, virtual, other, software.
    #[default]
    Best,
    /// By position in the list.
    Index(usize),
    /// By a part of the name, letter case ignored.
    Name(String),
    /// By PCI address.
    Pci(String),
}

impl Selector {
    /// Reads `INDEX`, `pci:ADDRESS` or a part of a name.
    pub fn parse(text: &str) -> Self {
        match (text.parse(), text.strip_prefix("pci:")) {
            (Ok(index), _) => Self::Index(index),
            (_, Some(address)) => Self::Pci(address.to_lowercase()),
            _ => Self::Name(text.to_lowercase()),
        }
    }

    /// The adapter of `adapters` that fits; a software one only where nothing else does.
    ///
    /// Errors: none at all, or none that fits.
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
            Self::Name(name) => summary.name.to_lowercase().contains(name),
            Self::Pci(address) => summary.pci.to_lowercase().ends_with(address),
        }
    }
}

pub(super) fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    descriptor.flags = wgpu::InstanceFlags::empty();
    wgpu::Instance::new(descriptor)
}

fn adapters() -> Vec<(AdapterSummary, wgpu::Adapter)> {
    let adapters = pollster::block_on(instance().enumerate_adapters(wgpu::Backends::all()));
    adapters.into_iter().enumerate().map(|(index, adapter)| (AdapterSummary::of(index, &adapter), adapter)).collect()
}

/// All adapters of this machine.
pub fn list() -> Vec<AdapterSummary> {
    adapters().into_iter().map(|(summary, _)| summary).collect()
}

/// Opens the list and takes the adapter that `selector` chooses.
pub(super) fn pick(selector: &Selector) -> Result<(AdapterSummary, wgpu::Adapter), GpuError> {
    let mut adapters = adapters();
    let summaries: Vec<_> = adapters.iter().map(|(summary, _)| summary.clone()).collect();
    let index = selector.choose(&summaries)?.index;
    Ok(adapters.swap_remove(index))
}
