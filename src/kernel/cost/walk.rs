//! Walks a naga function and adds up the cost of its statements.

use std::collections::HashMap;

use naga::{
    AddressSpace, Block, Expression, Function, Handle, LocalVariable, Module, Statement, StorageAccess,
    front::Typifier, proc::ResolveContext,
};

use crate::kernel::{
    buffers::BufferId,
    cost::{
        Cost,
        count::{Assumptions, CountError},
        loops::Loop,
        operations::operations,
    },
};

/// Function that hides a loop's length from drivers (`shaders/physics/loops.wgsl`); it returns its argument.
const HIDDEN_LENGTH: &str = "at_run_time";

/// A function being counted, with the numbers known so far.
pub(super) struct Walk<'a> {
    pub module: &'a Module,
    pub function: &'a Function,
    name: &'a str,
    types: Typifier,
    arguments: Vec<Option<f64>>,
    results: HashMap<Handle<Expression>, f64>,
    locals: HashMap<Handle<LocalVariable>, Option<f64>>,
    assumptions: &'a Assumptions,
}

impl<'a> Walk<'a> {
    /// Starts at the beginning of `function`, called with `arguments` where they are known.
    pub fn new(
        module: &'a Module,
        function: &'a Function,
        name: &'a str,
        arguments: Vec<Option<f64>>,
        assumptions: &'a Assumptions,
    ) -> Result<Self, CountError> {
        let context = ResolveContext::with_locals(module, &function.local_variables, &function.arguments);
        let mut types = Typifier::new();
        for (handle, _) in function.expressions.iter() {
            let wrong = |error| CountError::Module { kernel: name.into(), message: format!("{error}") };
            types.grow(handle, &function.expressions, &context).map_err(wrong)?;
        }
        let (results, locals) = (HashMap::new(), HashMap::new());
        Ok(Self { module, function, name, types, arguments, results, locals, assumptions })
    }

    /// Returns the cost of `block`, a part of the function's body.
    pub fn cost(&mut self, block: &'a Block) -> Result<Cost, CountError> {
        let mut sum = Cost::default();
        for statement in block {
            match statement {
                Statement::Emit(range) => {
                    for handle in range.clone() {
                        self.expression(handle, &mut sum)?;
                    }
                }
                Statement::Block(inner) => sum += self.cost(inner)?,
                Statement::If { condition, accept, reject } => sum += self.branch(*condition, accept, reject)?,
                Statement::Loop { body, continuing, .. } => sum += self.repeat(body, continuing)?,
                Statement::Store { pointer, value } => self.store(*pointer, *value, &mut sum),
                Statement::Atomic { pointer, .. } => {
                    sum.operations.integer += 1.0;
                    self.traffic(*pointer, true, &mut sum);
                    self.traffic(*pointer, false, &mut sum);
                }
                Statement::Call { function, arguments, result } => {
                    sum += self.call(*function, arguments, *result)?;
                }
                Statement::Switch { cases, .. } => {
                    for case in cases {
                        sum += self.cost(&case.body)?;
                    }
                }
                _ => {}
            }
        }
        Ok(sum)
    }

    fn expression(&self, handle: Handle<Expression>, sum: &mut Cost) -> Result<(), CountError> {
        if let Expression::Load { pointer } = self.function.expressions[handle] {
            self.traffic(pointer, false, sum);
            return Ok(());
        }
        let inner = |handle| self.types.get(handle, &self.module.types);
        let Some(price) = operations(&self.function.expressions[handle], inner(handle), inner) else {
            let expression = format!("{:?}", self.function.expressions[handle]);
            return Err(CountError::UnknownOperation { function: self.name.into(), expression });
        };
        sum.operations = sum.operations + price;
        Ok(())
    }

    fn store(&mut self, pointer: Handle<Expression>, value: Handle<Expression>, sum: &mut Cost) {
        if let Expression::LocalVariable(local) = self.function.expressions[pointer] {
            let known = self.number(value);
            self.locals.insert(local, known);
        }
        self.traffic(pointer, true, sum);
    }

    /// Adds the bytes behind `pointer`, if it points into a storage buffer.
    fn traffic(&self, pointer: Handle<Expression>, written: bool, sum: &mut Cost) {
        let mut at = pointer;
        while let Expression::Access { base, .. } | Expression::AccessIndex { base, .. } = self.function.expressions[at]
        {
            at = base;
        }
        let Expression::GlobalVariable(global) = self.function.expressions[at] else { return };
        let global = &self.module.global_variables[global];
        let (AddressSpace::Storage { access }, Some(name)) = (global.space, &global.name) else { return };
        let Some(buffer) = BufferId::of(name) else { return };
        debug_assert!(!written || access.contains(StorageAccess::STORE), "`{name}` is written");
        let bytes = match *self.types.get(pointer, &self.module.types) {
            naga::TypeInner::Pointer { base, .. } => self.module.types[base].inner.size(self.module.to_ctx()),
            naga::TypeInner::ValuePointer { size, scalar, .. } => {
                size.map_or(1, |size| size as u32) * u32::from(scalar.width)
            }
            _ => 0,
        };
        if written {
            sum.write(buffer, f64::from(bytes));
        } else {
            sum.read(buffer, f64::from(bytes));
        }
    }

    fn call(
        &mut self,
        function: Handle<Function>,
        arguments: &[Handle<Expression>],
        result: Option<Handle<Expression>>,
    ) -> Result<Cost, CountError> {
        let arguments: Vec<_> = arguments.iter().map(|argument| self.number(*argument)).collect();
        let callee = &self.module.functions[function];
        let name = callee.name.as_deref().unwrap_or_default();
        if let (HIDDEN_LENGTH, Some(result), [Some(length)]) = (name, result, &*arguments) {
            self.results.insert(result, *length);
        }
        Walk::new(self.module, callee, name, arguments, self.assumptions)?.cost(&callee.body)
    }

    fn branch(
        &mut self,
        condition: Handle<Expression>,
        accept: &'a Block,
        reject: &'a Block,
    ) -> Result<Cost, CountError> {
        let share = self.number(condition).or_else(|| self.assumed_share(condition));
        let (accept, reject) = (self.cost(accept)?, self.cost(reject)?);
        Ok(match share {
            Some(share) => {
                let mut sum = accept * share;
                sum += reject * (1.0 - share);
                sum
            }
            None if reject.operations.total() > accept.operations.total() => reject,
            None => accept,
        })
    }

    fn repeat(&mut self, body: &'a Block, continuing: &'a Block) -> Result<Cost, CountError> {
        let mut once = self.cost(body)?; // first, as the length may come from a call in the condition
        let shape = Loop::of(self, body, continuing);
        let assumed = shape.counter.and_then(|name| self.assumptions.trips_of(name));
        let unknown = || CountError::UnknownLoop {
            function: self.name.into(),
            variable: shape.counter.unwrap_or("nothing").into(),
        };
        let trips = assumed.or(shape.length).ok_or_else(unknown)?;
        once += self.cost(continuing)?;
        Ok(once * trips)
    }

    /// Returns the assumed share of the name closest to the root of `condition`.
    fn assumed_share(&self, condition: Handle<Expression>) -> Option<f64> {
        let mut level = vec![condition];
        while !level.is_empty() {
            let names = level.iter().filter_map(|handle| self.name_of(*handle));
            if let Some(share) = names.filter_map(|name| self.assumptions.share_of(name)).next() {
                return Some(share);
            }
            level = level.iter().flat_map(|handle| self.operands(*handle)).collect();
        }
        None
    }

    fn operands(&self, handle: Handle<Expression>) -> Vec<Handle<Expression>> {
        match &self.function.expressions[handle] {
            Expression::Binary { left, right, .. } => vec![*left, *right],
            Expression::Unary { expr, .. } | Expression::As { expr, .. } => vec![*expr],
            Expression::Load { pointer } => vec![*pointer],
            _ => vec![],
        }
    }

    /// Returns the name of a `let`, a variable, a parameter or a struct member.
    fn name_of(&self, handle: Handle<Expression>) -> Option<&str> {
        if let Some(name) = self.function.named_expressions.get(&handle) {
            return Some(name);
        }
        match &self.function.expressions[handle] {
            Expression::LocalVariable(local) => self.function.local_variables[*local].name.as_deref(),
            Expression::GlobalVariable(global) => self.module.global_variables[*global].name.as_deref(),
            Expression::FunctionArgument(index) => self.function.arguments[*index as usize].name.as_deref(),
            Expression::AccessIndex { base, index } => {
                let naga::TypeInner::Pointer { base, .. } = *self.types.get(*base, &self.module.types) else {
                    return None;
                };
                let naga::TypeInner::Struct { members, .. } = &self.module.types[base].inner else { return None };
                members[*index as usize].name.as_deref()
            }
            _ => None,
        }
    }

    /// Returns the value of `handle`, if the text states it; booleans are 0 or 1.
    pub(super) fn number(&self, handle: Handle<Expression>) -> Option<f64> {
        match self.function.expressions[handle] {
            Expression::FunctionArgument(index) => self.arguments.get(index as usize).copied().flatten(),
            Expression::CallResult(_) => self.results.get(&handle).copied(),
            Expression::Constant(constant) => {
                literal(&self.module.global_expressions[self.module.constants[constant].init])
            }
            ref other => literal(other),
        }
    }

    /// Returns the number last stored in `local`, or its initial value.
    pub(super) fn local(&self, local: Handle<LocalVariable>) -> Option<f64> {
        let initial = || self.function.local_variables[local].init.and_then(|init| self.number(init));
        self.locals.get(&local).copied().unwrap_or_else(initial)
    }
}

fn literal(expression: &Expression) -> Option<f64> {
    match *expression {
        Expression::Literal(naga::Literal::U32(value)) => Some(f64::from(value)),
        Expression::Literal(naga::Literal::I32(value)) => Some(f64::from(value)),
        Expression::Literal(naga::Literal::Bool(value)) => Some(f64::from(u8::from(value))),
        _ => None,
    }
}
