//! Cost of one expression of a kernel.

use naga::{BinaryOperator, Expression, Handle, MathFunction, ScalarKind, TypeInner, UnaryOperator};

use crate::kernel::cost::Operations;

/// Returns the operations of `expression` of type `result`, or `None` if its cost is not defined.
///
/// Negation is free because it is a modifier of the consuming instruction. Composing and decomposing vectors, bit
/// casts, addresses and loads are free as well.
pub(super) fn operations<'a>(
    expression: &Expression,
    result: &TypeInner,
    type_of: impl Fn(Handle<Expression>) -> &'a TypeInner,
) -> Option<Operations> {
    let width = components(result);
    match expression {
        Expression::Binary { op, left, .. } => Some(binary(*op, is_float(type_of(*left))) * width),
        Expression::Unary { op, .. } => Some(match op {
            UnaryOperator::Negate => Operations::default(),
            UnaryOperator::LogicalNot | UnaryOperator::BitwiseNot => integer() * width,
        }),
        Expression::Select { .. } => Some(if is_float(result) { select() } else { integer() } * width),
        Expression::Math { fun, arg, .. } => {
            let argument = type_of(*arg);
            if is_float(argument) { float_function(*fun, components(argument)) } else { integer_function(*fun, width) }
        }
        Expression::As { convert: Some(_), .. } | Expression::Relational { .. } => Some(integer() * width),
        Expression::As { convert: None, .. }
        | Expression::Literal(_)
        | Expression::Constant(_)
        | Expression::ZeroValue(_)
        | Expression::Compose { .. }
        | Expression::Splat { .. }
        | Expression::Swizzle { .. }
        | Expression::Access { .. }
        | Expression::AccessIndex { .. }
        | Expression::FunctionArgument(_)
        | Expression::GlobalVariable(_)
        | Expression::LocalVariable(_)
        | Expression::Load { .. }
        | Expression::CallResult(_)
        | Expression::AtomicResult { .. }
        | Expression::WorkGroupUniformLoadResult { .. }
        | Expression::SubgroupBallotResult
        | Expression::SubgroupOperationResult { .. }
        | Expression::ArrayLength(_) => Some(Operations::default()),
        _ => None,
    }
}

fn binary(op: BinaryOperator, float: bool) -> Operations {
    match op {
        _ if !float => integer(),
        BinaryOperator::Add | BinaryOperator::Subtract => add(),
        BinaryOperator::Multiply => multiply(),
        BinaryOperator::Divide | BinaryOperator::Modulo => Operations { divide: 1.0, ..Default::default() },
        _ => select(),
    }
}

fn float_function(fun: MathFunction, width: f64) -> Option<Operations> {
    let dot = multiply() * width + add() * (width - 1.0);
    Some(match fun {
        MathFunction::Abs => Operations::default(),
        MathFunction::Min | MathFunction::Max | MathFunction::Step | MathFunction::Sign => select() * width,
        MathFunction::Clamp | MathFunction::Saturate => select() * (2.0 * width),
        MathFunction::Round | MathFunction::Floor | MathFunction::Ceil | MathFunction::Trunc => add() * width,
        MathFunction::Fract => add() * (2.0 * width),
        MathFunction::Fma => (multiply() + add()) * width,
        MathFunction::Mix => (multiply() + add() * 2.0) * width,
        MathFunction::Dot => dot,
        MathFunction::Cross => multiply() * 6.0 + add() * 3.0,
        MathFunction::Length => dot + special(),
        MathFunction::Normalize => dot + special() + multiply() * width,
        MathFunction::Sqrt
        | MathFunction::InverseSqrt
        | MathFunction::Exp
        | MathFunction::Exp2
        | MathFunction::Log
        | MathFunction::Log2
        | MathFunction::Sin
        | MathFunction::Cos
        | MathFunction::Tan
        | MathFunction::Tanh => special() * width,
        _ => return None,
    })
}

fn integer_function(fun: MathFunction, width: f64) -> Option<Operations> {
    Some(match fun {
        MathFunction::CountOneBits => Operations { popcount: width, ..Default::default() },
        MathFunction::Clamp => integer() * (2.0 * width),
        MathFunction::Min
        | MathFunction::Max
        | MathFunction::Abs
        | MathFunction::CountTrailingZeros
        | MathFunction::CountLeadingZeros
        | MathFunction::ReverseBits
        | MathFunction::ExtractBits
        | MathFunction::InsertBits
        | MathFunction::FirstTrailingBit
        | MathFunction::FirstLeadingBit => integer() * width,
        _ => return None,
    })
}

fn add() -> Operations {
    Operations { add: 1.0, ..Default::default() }
}

fn multiply() -> Operations {
    Operations { multiply: 1.0, ..Default::default() }
}

fn special() -> Operations {
    Operations { special: 1.0, ..Default::default() }
}

fn select() -> Operations {
    Operations { select: 1.0, ..Default::default() }
}

fn integer() -> Operations {
    Operations { integer: 1.0, ..Default::default() }
}

fn components(inner: &TypeInner) -> f64 {
    match inner {
        TypeInner::Vector { size, .. } => f64::from(*size as u8),
        TypeInner::Matrix { columns, rows, .. } => f64::from(*columns as u8 * *rows as u8),
        _ => 1.0,
    }
}

fn is_float(inner: &TypeInner) -> bool {
    inner.scalar_kind() == Some(ScalarKind::Float)
}
