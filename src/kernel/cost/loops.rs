//! Counters of loops, and trip counts where the text states them.

use naga::{BinaryOperator, Block, Expression, Handle, LocalVariable, Statement};

use crate::kernel::cost::walk::Walk;

/// A loop's counter and length.
pub(super) struct Loop<'a> {
    /// Variable that the loop stores last: `for` increments it, `loop` stores it at its end.
    pub counter: Option<&'a str>,
    /// Trip count of `for (var i = a; i < b; i += c)` with known numbers. An unknown start counts as 0, because lanes
    /// that share a loop start at their own index.
    pub length: Option<f64>,
}

impl<'a> Loop<'a> {
    /// Analyses the loop of `body` and `continuing` in the function of `walk`.
    pub fn of(walk: &Walk<'a>, body: &Block, continuing: &Block) -> Self {
        let Some((local, value)) = last_store(walk, continuing).or_else(|| last_store(walk, body)) else {
            return Self { counter: None, length: None };
        };
        let function = walk.function;
        let counter = function.local_variables[local].name.as_deref();
        let length = step(walk, local, value).zip(bound(walk, local, body));
        let start = walk.local(local).unwrap_or(0.0);
        Self { counter, length: length.map(|(step, bound)| ((bound - start) / step).max(0.0)) }
    }
}

/// Returns the local variable that a block stores last, and the stored value.
fn last_store(walk: &Walk, block: &Block) -> Option<(Handle<LocalVariable>, Handle<Expression>)> {
    block.iter().rev().find_map(|statement| match statement {
        Statement::Store { pointer, value } => match walk.function.expressions[*pointer] {
            Expression::LocalVariable(local) => Some((local, *value)),
            _ => None,
        },
        Statement::Block(inner) => last_store(walk, inner),
        _ => None,
    })
}

/// Returns `c` of a stored value `i + c`.
fn step(walk: &Walk, local: Handle<LocalVariable>, value: Handle<Expression>) -> Option<f64> {
    match walk.function.expressions[value] {
        Expression::Binary { op: BinaryOperator::Add, left, right } if loads(walk, left, local) => walk.number(right),
        _ => None,
    }
}

/// Returns `b` of the leading `if (i < b) {} else { break; }`.
fn bound(walk: &Walk, local: Handle<LocalVariable>, body: &Block) -> Option<f64> {
    let condition = body.iter().find_map(|statement| match statement {
        Statement::If { condition, reject, .. } if matches!(reject.last(), Some(Statement::Break)) => Some(*condition),
        _ => None,
    })?;
    match walk.function.expressions[condition] {
        Expression::Binary { op: BinaryOperator::Less, left, right } if loads(walk, left, local) => walk.number(right),
        _ => None,
    }
}

fn loads(walk: &Walk, handle: Handle<Expression>, local: Handle<LocalVariable>) -> bool {
    let Expression::Load { pointer } = walk.function.expressions[handle] else { return false };
    matches!(walk.function.expressions[pointer], Expression::LocalVariable(other) if other == local)
}
