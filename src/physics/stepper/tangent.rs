//! Derivatives of traced numbers by forward mode over the tape, as traced numbers themselves.

use std::collections::HashMap;

use super::trace::{Ex, Op, Trace, Value};

/// Derivatives by one input.
pub struct Tangent<'t> {
    trace: &'t Trace,
    seed: Value,
    known: HashMap<u32, Ex<'t>>,
}

impl<'t> Tangent<'t> {
    /// Prepares derivatives by `input`, which must not be computed by an operation: a value read, or an atom.
    pub fn by(input: Ex<'t>) -> Self {
        Self { trace: input.trace, seed: input.value, known: HashMap::new() }
    }

    /// Returns the derivative of `of`. At kinks it is that of the branch taken.
    ///
    /// Panics if `of` calls a function that has no rule here (a bug).
    pub fn of(&mut self, of: Ex<'t>) -> Ex<'t> {
        let zero = self.trace.num(0.0);
        let Value::Node(index) = of.value else { return zero };
        if of.value == self.seed {
            return self.trace.num(1.0);
        }
        if let Some(known) = self.known.get(&index) {
            return *known;
        }
        let (op, args) = {
            let tape = self.trace.tape.borrow();
            let node = &tape.nodes[index as usize];
            let args: Vec<_> = node.args.iter().map(|value| Ex { trace: self.trace, value: *value }).collect();
            (node.op.clone(), args)
        };
        let result = self.rule(&op, &args, of);
        self.known.insert(index, result);
        result
    }

    fn rule(&mut self, op: &Op, args: &[Ex<'t>], value: Ex<'t>) -> Ex<'t> {
        let zero = self.trace.num(0.0);
        match op {
            Op::Read(_) | Op::Atom(_) | Op::Infix(_) => zero,
            Op::Neg => -self.of(args[0]),
            Op::Add => self.of(args[0]) + self.of(args[1]),
            Op::Sub => self.of(args[0]) - self.of(args[1]),
            Op::Mul => self.of(args[0]) * args[1] + args[0] * self.of(args[1]),
            Op::Div => {
                let (top, bottom) = (self.of(args[0]), self.of(args[1]));
                if bottom.is_zero() { top / args[1] } else { (top - value * bottom) / args[1] }
            }
            Op::Field(name) => self.field(name, args[0]),
            Op::Call(function) => self.call(function, args, value),
        }
    }

    /// Returns the derivative of a component of `sincos`.
    fn field(&mut self, name: &str, pair: Ex<'t>) -> Ex<'t> {
        let Value::Node(index) = pair.value else { return self.trace.num(0.0) };
        let (op, angle) = {
            let tape = self.trace.tape.borrow();
            let node = &tape.nodes[index as usize];
            (node.op.clone(), node.args[0])
        };
        assert_eq!(op, Op::Call("sincos".into()), "a vector without a rule");
        let slope = self.of(Ex { trace: self.trace, value: angle });
        if name == "x" { pair.field("y") * slope } else { -(pair.field("x") * slope) }
    }

    fn call(&mut self, function: &str, args: &[Ex<'t>], value: Ex<'t>) -> Ex<'t> {
        let trace = self.trace;
        let zero = trace.num(0.0);
        match function {
            "exp1" => value * self.of(args[0]),
            "atan1" => self.of(args[0]) / (1.0 + args[0] * args[0]),
            "inverse_sqrt" => -0.5 * (value * value * value) * self.of(args[0]),
            "abs" => trace.select(args[0].less(0.0), -self.of(args[0]), self.of(args[0])),
            "min" => {
                let (a, b) = (self.of(args[0]), self.of(args[1]));
                trace.select(args[1].less(args[0]), b, a)
            }
            "max" => {
                let (a, b) = (self.of(args[0]), self.of(args[1]));
                trace.select(args[0].less(args[1]), b, a)
            }
            "clamp" => {
                let inside = args[1].less(args[0]).and(args[0].less(args[2]));
                trace.select(inside, self.of(args[0]), zero)
            }
            "select" => {
                let (no, yes) = (self.of(args[0]), self.of(args[1]));
                trace.select(args[2], yes, no)
            }
            _ => panic!("no derivative of `{function}`"),
        }
    }
}
