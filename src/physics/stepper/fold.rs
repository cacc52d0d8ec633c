//! Arithmetic on traced numbers: operators, with constants folded and signs moved outwards.

use super::trace::{Ex, Op, ROUNDING, Trace, Value};

impl<'t> Ex<'t> {
    fn negated(self) -> Option<Self> {
        let Value::Node(index) = self.value else { return None };
        let tape = self.trace.tape.borrow();
        let node = &tape.nodes[index as usize];
        (node.op == Op::Neg).then(|| Ex { trace: self.trace, value: node.args[0] })
    }

    fn op(self, op: Op, other: Self) -> Self {
        self.trace.node(op, vec![self.value, other.value])
    }

    /// Records a commutative operation in its only spelling: constants first, then the older operand.
    fn commutative(self, op: Op, other: Self) -> Self {
        let order = |ex: &Self| match ex.value {
            Value::Const(_) => 0,
            Value::Node(index) => u64::from(index) + 1,
        };
        if order(&self) <= order(&other) { self.op(op, other) } else { other.op(op, self) }
    }
    pub(super) fn add_ex(self, other: Self) -> Self {
        match (self.constant(), other.constant()) {
            (Some(a), Some(b)) => return self.trace.num(sum(a, b)),
            (Some(0.0), _) => return other,
            (_, Some(0.0)) => return self,
            (_, Some(b)) if b < 0.0 => return self.op(Op::Sub, self.trace.num(-b)),
            (Some(a), _) if a < 0.0 => return other.op(Op::Sub, self.trace.num(-a)),
            _ => {}
        }
        match (self.negated(), other.negated()) {
            (_, Some(b)) => self.sub_ex(b),
            (Some(a), _) => other.sub_ex(a),
            _ => self.commutative(Op::Add, other),
        }
    }

    pub(super) fn sub_ex(self, other: Self) -> Self {
        match (self.constant(), other.constant()) {
            (_, Some(b)) => return self.add_ex(self.trace.num(-b)),
            (Some(0.0), _) => return other.neg_ex(),
            _ => {}
        }
        match other.negated() {
            Some(b) => self.add_ex(b),
            None if self.value == other.value => self.trace.num(0.0),
            None => self.op(Op::Sub, other),
        }
    }

    pub(super) fn mul_ex(self, other: Self) -> Self {
        match (self.constant(), other.constant()) {
            (Some(a), Some(b)) => return self.trace.num(a * b),
            (None, Some(_)) => return other.mul_ex(self),
            (Some(0.0), _) => return self,
            (Some(1.0), _) => return other,
            (Some(a), _) if a < 0.0 => return self.trace.num(-a).mul_ex(other).neg_ex(),
            _ => {}
        }
        match (self.negated(), other.negated()) {
            (Some(a), Some(b)) => a.mul_ex(b),
            (Some(a), None) => a.mul_ex(other).neg_ex(),
            (None, Some(b)) => self.mul_ex(b).neg_ex(),
            (None, None) => self.commutative(Op::Mul, other),
        }
    }

    pub(super) fn div_ex(self, other: Self) -> Self {
        match (self.constant(), other.constant()) {
            (_, Some(b)) => self.mul_ex(self.trace.num(1.0 / b)),
            (Some(0.0), _) => self,
            _ => self.op(Op::Div, other),
        }
    }

    pub(super) fn neg_ex(self) -> Self {
        match (self.constant(), self.negated()) {
            (Some(x), _) => self.trace.num(-x),
            (_, Some(x)) => x,
            _ => self.trace.node(Op::Neg, vec![self.value]),
        }
    }
}

/// Adds constants. If they cancel, the rest is only rounding and counts as zero.
fn sum(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum.abs() < ROUNDING * a.abs().max(b.abs()) { 0.0 } else { sum }
}

/// A number that may be an operand beside an [`Ex`].
pub trait IntoEx<'t> {
    /// Returns the number as a traced number.
    fn into_ex(self, trace: &'t Trace) -> Ex<'t>;
}

impl<'t> IntoEx<'t> for Ex<'t> {
    fn into_ex(self, _: &'t Trace) -> Ex<'t> {
        self
    }
}

impl<'t> IntoEx<'t> for f64 {
    fn into_ex(self, trace: &'t Trace) -> Ex<'t> {
        trace.num(self)
    }
}

macro_rules! operators {
    ($($operator:ident :: $method:ident => $traced:ident),*) => {$(
        impl<'t, T: IntoEx<'t>> std::ops::$operator<T> for Ex<'t> {
            type Output = Ex<'t>;
            fn $method(self, other: T) -> Ex<'t> {
                self.$traced(other.into_ex(self.trace))
            }
        }
        impl<'t> std::ops::$operator<Ex<'t>> for f64 {
            type Output = Ex<'t>;
            fn $method(self, other: Ex<'t>) -> Ex<'t> {
                self.into_ex(other.trace).$traced(other)
            }
        }
    )*};
}
operators!(Add::add => add_ex, Sub::sub => sub_ex, Mul::mul => mul_ex, Div::div => div_ex);

impl<'t> std::ops::Neg for Ex<'t> {
    type Output = Ex<'t>;
    fn neg(self) -> Ex<'t> {
        self.neg_ex()
    }
}
