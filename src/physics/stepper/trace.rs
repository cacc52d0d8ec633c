//! A tracer: Rust arithmetic on [`Ex`] records straight-line WGSL.
//!
//! Constants are folded in `f64` (0, 1 and -1 vanish from sums and products). Equal expressions of one block scope
//! are computed once, and unused ones are dropped. One that is used once is written where it is used, unless the line
//! grows long. So a robot's sparsity (axes along coordinates, bodies in a plane, shallow trees) simplifies the code
//! by itself.

use std::{cell::RefCell, collections::HashMap};

use super::{fold::IntoEx, render};

/// Bound below which a number counts as zero. For a sum it is a share of its terms. For a component of a vector (of
/// lengths in m, or a unit vector) it is a size. Such numbers are rounding left over from quaternions of right
/// angles. Other constants may be as small: moments of inertia, weights, bounds.
pub(super) const ROUNDING: f64 = 1e-13;

/// Recorder of one WGSL function body.
#[derive(Default)]
pub struct Trace {
    pub(super) tape: RefCell<Tape>,
}

#[derive(Default)]
pub(super) struct Tape {
    pub nodes: Vec<Node>,
    pub statements: Vec<Statement>,
    scopes: Vec<Scope>,
    scopes_made: u32,
}

#[derive(Default)]
struct Scope {
    id: u32,
    known: HashMap<(Op, Vec<Key>), u32>,
}

/// A traced number: a constant, or a value that the kernel computes.
#[derive(Clone, Copy)]
pub struct Ex<'t> {
    pub(super) trace: &'t Trace,
    pub(super) value: Value,
}

/// A mutable WGSL variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Var(pub String);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Const(f64),
    Node(u32),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Const(u64),
    Node(u32),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    Call(String),
    Infix(&'static str),
    Field(&'static str),
    /// Value of a `var` at this place.
    Read(String),
    /// Immutable value with a name.
    Atom(String),
}

pub(super) struct Node {
    pub op: Op,
    pub args: Vec<Value>,
    pub scope: u32,
    pub label: Option<String>,
}

pub(super) enum Statement {
    Define(u32),
    /// Text with `$` where a value goes.
    Line(String, Vec<Value>),
    Open(String, Vec<Value>),
    Else,
    Close,
    Comment(String),
}

impl Trace {
    /// Returns an empty body.
    pub fn new() -> Self {
        let trace = Self::default();
        trace.push_scope();
        trace
    }

    /// Returns a constant.
    pub fn num(&self, x: f64) -> Ex<'_> {
        Ex { trace: self, value: Value::Const(x) }
    }

    /// Returns an immutable value that already has a name: a parameter, a `let` of raw text, an element access of
    /// one.
    pub fn atom(&self, text: &str) -> Ex<'_> {
        self.node(Op::Atom(text.into()), vec![])
    }

    /// Returns the value of `var` at this place.
    pub fn get(&self, var: &Var) -> Ex<'_> {
        self.read(&var.0)
    }

    /// Returns the current value of the mutable place `text` (a variable, an array element).
    pub fn read(&self, text: &str) -> Ex<'_> {
        self.node(Op::Read(text.into()), vec![])
    }

    /// Declares a variable.
    pub fn var<'t>(&'t self, name: &str, initial: Ex<'t>) -> Var {
        self.line(&format!("var {name} = $;"), &[initial]);
        Var(name.into())
    }

    /// Assigns to a variable.
    pub fn set<'t>(&'t self, var: &Var, value: Ex<'t>) {
        self.line(&format!("{} = $;", var.0), &[value]);
    }

    /// Adds to a variable. Adding an exact zero writes nothing.
    pub fn add_to<'t>(&'t self, var: &Var, value: Ex<'t>) {
        if !value.is_zero() {
            self.line(&format!("{} += $;", var.0), &[value]);
        }
    }

    /// Writes a statement, with `$` in place of the values.
    pub fn line<'t>(&'t self, text: &str, values: &[Ex<'t>]) {
        let values = self.values(text, values);
        self.tape.borrow_mut().statements.push(Statement::Line(text.into(), values));
    }

    /// Writes raw statements without values, one per line.
    pub fn raw(&self, text: &str) {
        text.lines().for_each(|line| self.line(line.trim_end(), &[]));
    }

    /// Opens a block: `if (...)`, `loop`, `for (...)`.
    pub fn open<'t>(&'t self, head: &str, values: &[Ex<'t>]) {
        let values = self.values(head, values);
        self.tape.borrow_mut().statements.push(Statement::Open(head.into(), values));
        self.push_scope();
    }

    /// Starts the other branch of the open `if`.
    pub fn otherwise(&self) {
        self.tape.borrow_mut().scopes.pop();
        self.tape.borrow_mut().statements.push(Statement::Else);
        self.push_scope();
    }

    /// Closes the innermost block.
    pub fn close(&self) {
        self.tape.borrow_mut().scopes.pop();
        self.tape.borrow_mut().statements.push(Statement::Close);
    }

    /// Writes a comment line, which heads a stage.
    pub fn comment(&self, text: &str) {
        self.tape.borrow_mut().statements.push(Statement::Comment(text.into()));
    }

    /// Returns a call of a pure function.
    pub fn call<'t>(&'t self, function: &str, args: &[Ex<'t>]) -> Ex<'t> {
        self.node(Op::Call(function.into()), args.iter().map(|arg| arg.value).collect())
    }

    /// Returns `if_true` if `condition` holds, else `if_false`.
    pub fn select<'t>(&'t self, condition: Ex<'t>, if_true: Ex<'t>, if_false: Ex<'t>) -> Ex<'t> {
        if if_true.value == if_false.value { if_true } else { self.call("select", &[if_false, if_true, condition]) }
    }

    /// Returns the finished body, indented by one level.
    pub fn finish(self) -> String {
        render::body(&self.tape.into_inner())
    }

    /// Returns the number of operations recorded, including those that turned out unused.
    pub fn operations(&self) -> usize {
        let is_operation = |node: &&Node| !matches!(node.op, Op::Read(_) | Op::Atom(_) | Op::Field(_));
        self.tape.borrow().nodes.iter().filter(is_operation).count()
    }

    /// Returns the statements, each with hashes of the values it uses. Code that computes the same has equal
    /// statements.
    #[cfg(test)]
    pub(super) fn meaning(&self, skip: impl Fn(&str) -> bool) -> Vec<String> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let tape = self.tape.borrow();
        let mut hashes = vec![0u64; tape.nodes.len()];
        let mut lines: Vec<String> = vec![];
        let of = |values: &[Value], hashes: &[u64]| -> Vec<u64> {
            let hash = |value: &Value| match value {
                Value::Const(x) => x.to_bits(),
                Value::Node(index) => hashes[*index as usize],
            };
            values.iter().map(hash).collect()
        };
        for statement in &tape.statements {
            match statement {
                Statement::Define(index) => {
                    let node = &tape.nodes[*index as usize];
                    let mut args = of(&node.args, &hashes);
                    if matches!(node.op, Op::Add | Op::Mul) {
                        args.sort_unstable(); // operands are in the order of their creation
                    }
                    let place = if matches!(node.op, Op::Read(_)) { lines.len() } else { 0 };
                    let mut hasher = DefaultHasher::new();
                    (&node.op, args, place).hash(&mut hasher);
                    hashes[*index as usize] = hasher.finish();
                }
                Statement::Line(text, values) | Statement::Open(text, values) if !skip(text) => {
                    lines.push(format!("{text} {:x?}", of(values, &hashes)));
                }
                Statement::Else | Statement::Close => lines.push("}".into()),
                _ => {}
            }
        }
        lines
    }

    fn values(&self, text: &str, values: &[Ex]) -> Vec<Value> {
        assert_eq!(text.matches('$').count(), values.len(), "placeholders of `{text}`");
        values.iter().map(|ex| ex.value).collect()
    }

    fn push_scope(&self) {
        let mut tape = self.tape.borrow_mut();
        tape.scopes_made += 1;
        let id = tape.scopes_made;
        tape.scopes.push(Scope { id, known: HashMap::new() });
    }

    pub(super) fn node(&self, op: Op, args: Vec<Value>) -> Ex<'_> {
        let mut tape = self.tape.borrow_mut();
        let key = (op.clone(), args.iter().map(Value::key).collect::<Vec<_>>());
        let pure = !matches!(op, Op::Read(_));
        let known = tape.scopes.iter().rev().find_map(|scope| scope.known.get(&key).copied()).filter(|_| pure);
        let index = known.unwrap_or_else(|| tape.define(op, args, key));
        Ex { trace: self, value: Value::Node(index) }
    }
}

impl Tape {
    fn define(&mut self, op: Op, args: Vec<Value>, key: (Op, Vec<Key>)) -> u32 {
        let index = self.nodes.len() as u32;
        let scope = self.scopes.last_mut().expect("a body has a scope");
        scope.known.insert(key, index);
        let scope = scope.id;
        self.nodes.push(Node { op, args, scope, label: None });
        self.statements.push(Statement::Define(index));
        index
    }
}

impl Value {
    fn key(&self) -> Key {
        match self {
            Self::Const(x) => Key::Const(x.to_bits()),
            Self::Node(index) => Key::Node(*index),
        }
    }
}

impl<'t> Ex<'t> {
    /// Returns the constant, if the value is one.
    pub fn constant(self) -> Option<f64> {
        match self.value {
            Value::Const(x) => Some(x),
            Value::Node(_) => None,
        }
    }

    /// Returns whether the value is exactly zero for every state of the robot.
    pub fn is_zero(self) -> bool {
        self.constant() == Some(0.0)
    }

    /// Gives the value a name in the generated text (if it has none and is computed at all).
    pub fn named(self, label: &str) -> Self {
        if let Value::Node(index) = self.value {
            let node = &mut self.trace.tape.borrow_mut().nodes[index as usize];
            if node.label.is_none() && !matches!(node.op, Op::Atom(_)) {
                node.label = Some(label.into());
            }
        }
        self
    }

    /// Returns the boolean `self < other`.
    pub fn less(self, other: impl IntoEx<'t>) -> Self {
        self.infix("<", other)
    }

    /// Returns whether both hold. Both are evaluated, since WGSL's `&&` is a branch.
    pub fn and(self, other: Self) -> Self {
        self.infix("&", other)
    }

    /// Returns whether at least one holds. Both are evaluated.
    pub fn or(self, other: Self) -> Self {
        self.infix("|", other)
    }

    /// Returns the smaller value.
    pub fn min(self, other: impl IntoEx<'t>) -> Self {
        self.trace.call("min", &[self, other.into_ex(self.trace)])
    }

    /// Returns the larger value.
    pub fn max(self, other: impl IntoEx<'t>) -> Self {
        self.trace.call("max", &[self, other.into_ex(self.trace)])
    }

    /// Returns the value clamped to `[low, high]`.
    pub fn clamp(self, low: f64, high: f64) -> Self {
        self.trace.call("clamp", &[self, low.into_ex(self.trace), high.into_ex(self.trace)])
    }

    /// Returns the magnitude.
    pub fn abs(self) -> Self {
        self.trace.call("abs", &[self])
    }

    /// Returns `1 / sqrt(self)`, exact to the last bits (`shaders/physics/math.wgsl`).
    pub fn inverse_sqrt(self) -> Self {
        self.trace.call("inverse_sqrt", &[self])
    }

    /// Returns a component of a WGSL vector.
    pub fn field(self, name: &'static str) -> Self {
        self.trace.node(Op::Field(name), vec![self.value])
    }

    fn infix(self, op: &'static str, other: impl IntoEx<'t>) -> Self {
        let other = other.into_ex(self.trace);
        self.trace.node(Op::Infix(op), vec![self.value, other.value])
    }
}
