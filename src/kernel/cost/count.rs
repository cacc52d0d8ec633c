//! Counts what one invocation of a kernel costs, with what is assumed where its text leaves something open.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::Arc,
};

use naga::{EntryPoint, Module};

use crate::kernel::{
    cost::{Cost, walk::Walk},
    entry::Kernel,
    wgsl,
};

/// What a kernel's text does not say: mean lengths of loops, shares of branches taken.
///
/// A loop goes by the name of the variable it counts with, a branch by a name in its condition; a name that ends in `*`
/// stands for all that begin so. A loop from a known number to a known number needs no assumption, a branch without one
/// counts as taken (of two branches the dearer one).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assumptions {
    trips: BTreeMap<String, f64>,
    shares: BTreeMap<String, f64>,
}

impl Assumptions {
    /// Loops that count with `variable` run `times`.
    pub fn trips(mut self, variable: &str, times: f64) -> Self {
        self.trips.insert(variable.into(), times);
        self
    }

    /// Branches on `name` are taken in this share of the cases, 0 to 1.
    pub fn share(mut self, name: &str, share: f64) -> Self {
        self.shares.insert(name.into(), share);
        self
    }

    /// Returns how often loops that count with `variable` are assumed to run.
    pub fn trips_of(&self, variable: &str) -> Option<f64> {
        lookup(&self.trips, variable)
    }

    /// Returns the share that is assumed for branches on `name`.
    pub fn share_of(&self, name: &str) -> Option<f64> {
        lookup(&self.shares, name)
    }
}

fn lookup(table: &BTreeMap<String, f64>, name: &str) -> Option<f64> {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    table.iter().find_map(|(pattern, value)| fits(pattern).then_some(*value))
}

/// A kernel that cannot be counted: a bug of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// Text that naga does not take.
    #[error("{kernel}: {message}")]
    Module {
        /// Kernel.
        kernel: String,
        /// What is wrong.
        message: String,
    },
    /// A loop of unknown length.
    #[error("{function}: nobody states how often the loop over `{variable}` runs")]
    UnknownLoop {
        /// WGSL function.
        function: String,
        /// What the loop counts with.
        variable: String,
    },
    /// An expression without a price.
    #[error("{function}: no price is known for {expression}")]
    UnknownOperation {
        /// WGSL function.
        function: String,
        /// naga's words for it.
        expression: String,
    },
    /// A pass that no rule covers.
    #[error("no rule counts the pass `{0}`")]
    UnknownPass(String),
}

/// Counts kernels; those of one module share its parse.
#[derive(Default)]
pub struct Counter {
    parsed: HashMap<*const wgsl::Module, (Arc<wgsl::Module>, Module)>,
}

impl Counter {
    /// Returns what one invocation of `kernel` costs.
    pub fn count(&mut self, kernel: &Kernel, assumptions: &Assumptions) -> Result<Cost, CountError> {
        let (module, entry) = self.entry(kernel)?;
        Walk::new(module, &entry.function, kernel.entry, vec![], assumptions)?.cost(&entry.function.body)
    }

    /// Invocations a workgroup of `kernel`.
    pub fn workgroup(&mut self, kernel: &Kernel) -> Result<u32, CountError> {
        Ok(self.entry(kernel)?.1.workgroup_size.iter().product())
    }

    fn entry(&mut self, kernel: &Kernel) -> Result<(&Module, &EntryPoint), CountError> {
        let broken = |message: String| CountError::Module { kernel: kernel.id.name().into(), message };
        let module = match self.parsed.entry(Arc::as_ptr(&kernel.module)) {
            Entry::Occupied(known) => &known.into_mut().1,
            Entry::Vacant(place) => {
                let text = &kernel.module.wgsl;
                let module = naga::front::wgsl::parse_str(text).map_err(|error| broken(error.emit_to_string(text)))?;
                &place.insert((kernel.module.clone(), module)).1
            }
        };
        let entry = module.entry_points.iter().find(|entry| entry.name == kernel.entry);
        Ok((module, entry.ok_or_else(|| broken(format!("no entry point `{}`", kernel.entry)))?))
    }
}
