//! Buffers that an entry point uses, read from its naga module.

use std::collections::BTreeMap;

use super::GpuError;
use crate::kernel::wgsl::Module as Composed;

use naga::{AddressSpace, Block, Expression, Function, GlobalVariable, Handle, Module, Statement, StorageAccess};

/// Use of a buffer by a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Uniform,
    Read,
    Write,
}

/// Returns binding number, WGSL identifier and use of every buffer that `entry` reaches, in the order of binding
/// numbers.
pub(super) fn bindings(module: &Module, entry: &str) -> Option<Vec<(u32, String, Use)>> {
    let list = globals(module, entry)?.into_iter().filter_map(|global| {
        let space = match global.space {
            AddressSpace::Uniform => Use::Uniform,
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => Use::Write,
            AddressSpace::Storage { .. } => Use::Read,
            _ => return None,
        };
        Some((global.binding?.binding, global.name.clone()?, space))
    });
    let mut list: Vec<_> = list.collect();
    list.sort_by_key(|(binding, ..)| *binding);
    Some(list)
}

/// Returns all variables of the module that `entry` reaches, including private ones.
pub(super) fn globals<'a>(module: &'a Module, entry: &str) -> Option<Vec<&'a GlobalVariable>> {
    let entry = module.entry_points.iter().find(|point| point.name == entry)?;
    let mut reached = Reached { module, globals: BTreeMap::new(), functions: vec![] };
    reached.function(&entry.function);
    Some(reached.globals.into_values().collect())
}

struct Reached<'a> {
    module: &'a Module,
    globals: BTreeMap<usize, &'a GlobalVariable>,
    functions: Vec<Handle<Function>>,
}

impl<'a> Reached<'a> {
    fn function(&mut self, function: &'a Function) {
        for (_, expression) in function.expressions.iter() {
            if let Expression::GlobalVariable(handle) = expression {
                self.globals.insert(handle.index(), &self.module.global_variables[*handle]);
            }
        }
        self.block(&function.body);
    }

    fn block(&mut self, block: &'a Block) {
        for statement in block {
            match statement {
                Statement::Call { function, .. } if !self.functions.contains(function) => {
                    self.functions.push(*function);
                    self.function(&self.module.functions[*function]);
                }
                Statement::Block(inner) => self.block(inner),
                Statement::If { accept, reject, .. } => {
                    self.block(accept);
                    self.block(reject);
                }
                Statement::Switch { cases, .. } => cases.iter().for_each(|case| self.block(&case.body)),
                Statement::Loop { body, continuing, .. } => {
                    self.block(body);
                    self.block(continuing);
                }
                _ => {}
            }
        }
    }
}

pub(super) fn parse(module: &Composed) -> Result<naga::Module, GpuError> {
    naga::front::wgsl::parse_str(&module.wgsl).map_err(|error| {
        let line = error.location(&module.wgsl).map_or(0, |location| location.line_number);
        let (file, line) = module.origin(line);
        GpuError::Shader { place: format!("{file}:{line}"), message: error.emit_to_string(&module.wgsl) }
    })
}

/// Returns the invocations per workgroup of `entry`.
pub(super) fn workgroup(module: &Module, entry: &str) -> u32 {
    let point = module.entry_points.iter().find(|point| point.name == entry);
    point.map_or(1, |point| point.workgroup_size.iter().product())
}
