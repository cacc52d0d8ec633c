//! Counts the cost of one invocation of a kernel, with stated assumptions where its text leaves something open.

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

/// Assumptions about a kernel that its text does not settle: mean trip counts of loops, shares of branches taken.
///
/// A loop is named by its counter, a branch by a name in its condition. A name that ends in `*` matches every name
/// with that beginning. A loop between known numbers needs no assumption. A branch without one counts as taken; of
/// two branches, the more expensive one counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assumptions {
    trips: BTreeMap<String, f64>,
    shares: BTreeMap<String, f64>,
}

impl Assumptions {
    /// Assumes that loops with counter `variable` run `times` times.
    pub fn trips(mut self, variable: &str, times: f64) -> Self {
        self.trips.insert(variable.into(), times);
        self
    }

    /// Assumes that branches on `name` are taken in this share of cases, 0 to 1.
    pub fn share(mut self, name: &str, share: f64) -> Self {
        self.shares.insert(name.into(), share);
        self
    }

    /// Returns the assumed trip count of loops with counter `variable`.
    pub fn trips_of(&self, variable: &str) -> Option<f64> {
        lookup(&self.trips, variable)
    }

    /// Returns the assumed share of branches on `name`.
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

/// A kernel whose cost cannot be counted: a bug in this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// Text that naga rejects.
    #[error("{kernel}: {message}")]
    Module {
        /// Name of the kernel.
        kernel: String,
        /// Message of naga, or the missing entry point.
        message: String,
    },
    /// A loop of unknown length.
    #[error("{function}: nobody states how often the loop over `{variable}` runs")]
    UnknownLoop {
        /// Name of the WGSL function.
        function: String,
        /// Counter of the loop.
        variable: String,
    },
    /// An expression without a price.
    #[error("{function}: no price is known for {expression}")]
    UnknownOperation {
        /// Name of the WGSL function.
        function: String,
        /// The expression as naga prints it.
        expression: String,
    },
    /// A pass that no rule covers.
    #[error("no rule counts the pass `{0}`")]
    UnknownPass(String),
}

/// Counts the cost of kernels; kernels of one module share its parsed form.
#[derive(Default)]
pub struct Counter {
    parsed: HashMap<*const wgsl::Module, (Arc<wgsl::Module>, Module)>,
}

impl Counter {
    /// Returns the cost of one invocation of `kernel`.
    pub fn count(&mut self, kernel: &Kernel, assumptions: &Assumptions) -> Result<Cost, CountError> {
        let (module, entry) = self.entry(kernel)?;
        Walk::new(module, &entry.function, kernel.entry, vec![], assumptions)?.cost(&entry.function.body)
    }

    /// Returns the number of invocations per workgroup of `kernel`.
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
