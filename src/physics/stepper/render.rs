//! Conversion of a tape to WGSL text: drops unused values, inlines those used once, and names the rest.

use std::{collections::HashSet, fmt::Write};

use super::trace::{Op, Statement, Tape, Value};
use crate::kernel::wgsl::float_literal;

/// Longest expression that is inlined into another one, bytes.
const INLINE_LENGTH: usize = 90;

/// Returns the tape's text, indented by one level.
pub(super) fn body(tape: &Tape) -> String {
    let mut writer = Writer {
        tape,
        uses: uses(tape),
        texts: vec![None; tape.nodes.len()],
        names: HashSet::new(),
        out: String::new(),
        depth: 1,
    };
    tape.statements.iter().for_each(|statement| writer.statement(statement));
    writer.out
}

/// Returns how often live code uses each node, and the block scope of the first use.
fn uses(tape: &Tape) -> Vec<Use> {
    let mut uses = vec![Use::default(); tape.nodes.len()];
    let mut scopes = ScopeWalk::of(tape);
    for (position, statement) in tape.statements.iter().enumerate().rev() {
        match statement {
            Statement::Define(index) if uses[*index as usize].count > 0 => {
                let node = &tape.nodes[*index as usize];
                note(&mut uses, &node.args, node.scope);
            }
            Statement::Line(_, values) | Statement::Open(_, values) => {
                let scope = scopes.at(position);
                note(&mut uses, values, scope);
            }
            _ => {}
        }
    }
    uses
}

#[derive(Clone, Default)]
struct Use {
    count: u32,
    scope: u32,
}

fn note(uses: &mut [Use], values: &[Value], scope: u32) {
    for value in values {
        if let Value::Node(index) = value {
            let entry = &mut uses[*index as usize];
            entry.count += 1;
            entry.scope = scope;
        }
    }
}

/// Scope of each statement, numbered as in the tracer.
struct ScopeWalk(Vec<u32>);

impl ScopeWalk {
    fn of(tape: &Tape) -> Self {
        let (mut stack, mut made) = (vec![1], 1);
        let scopes = tape.statements.iter().map(|statement| {
            let here = *stack.last().unwrap_or(&1);
            match statement {
                Statement::Open(..) => {
                    made += 1;
                    stack.push(made);
                }
                Statement::Else => {
                    made += 1;
                    stack.pop();
                    stack.push(made);
                }
                Statement::Close => {
                    stack.pop();
                }
                _ => {}
            }
            here
        });
        Self(scopes.collect())
    }

    fn at(&mut self, position: usize) -> u32 {
        self.0[position]
    }
}

/// Text with the precedence of its outermost operator.
#[derive(Clone)]
struct Text {
    text: String,
    precedence: u8,
}

const ATOM: u8 = 6;

struct Writer<'a> {
    tape: &'a Tape,
    uses: Vec<Use>,
    texts: Vec<Option<Text>>,
    names: HashSet<String>,
    out: String,
    depth: usize,
}

impl Writer<'_> {
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Define(index) => self.define(*index),
            Statement::Line(text, values) => {
                let text = self.fill(text, values);
                self.put(&text);
            }
            Statement::Open(text, values) => {
                let text = self.fill(text, values);
                self.put(&format!("{text} {{"));
                self.depth += 1;
            }
            Statement::Else => {
                self.depth -= 1;
                self.put("} else {");
                self.depth += 1;
            }
            Statement::Close => {
                self.depth -= 1;
                self.put("}");
            }
            Statement::Comment(text) => self.put(&format!("// {text}")),
        }
    }

    fn put(&mut self, line: &str) {
        let _ = writeln!(self.out, "{:width$}{line}", "", width = 4 * self.depth);
    }

    fn define(&mut self, index: u32) {
        let usage = self.uses[index as usize].clone();
        if usage.count == 0 {
            return;
        }
        let node = &self.tape.nodes[index as usize];
        let text = self.expression(index);
        let once = usage.count == 1 && usage.scope == node.scope && node.label.is_none();
        let inline = match node.op {
            Op::Atom(_) => true,
            Op::Read(_) => false,
            _ => once && text.text.len() <= INLINE_LENGTH,
        };
        if inline {
            self.texts[index as usize] = Some(text);
            return;
        }
        let name = self.fresh(node.label.as_deref(), index);
        self.put(&format!("let {name} = {};", text.text));
        self.texts[index as usize] = Some(Text { text: name, precedence: ATOM });
    }

    fn fresh(&mut self, label: Option<&str>, index: u32) -> String {
        let Some(label) = label else { return format!("t{index}") };
        let name = if self.names.contains(label) { format!("{label}_t{index}") } else { label.into() };
        self.names.insert(name.clone());
        name
    }

    fn expression(&self, index: u32) -> Text {
        let node = &self.tape.nodes[index as usize];
        let arg = |position: usize| self.value(node.args[position]);
        let infix = |symbol: &str, precedence: u8, tie: u8| {
            let (left, right) = (arg(0), arg(1));
            let text = format!("{} {symbol} {}", left.within(precedence), right.within(precedence + tie));
            Text { text, precedence }
        };
        match &node.op {
            Op::Add => infix("+", 3, 1),
            Op::Sub => infix("-", 3, 1),
            Op::Mul => infix("*", 4, 1),
            Op::Div => infix("/", 4, 1),
            Op::Infix(symbol @ ("&" | "|")) => {
                let text = format!("{} {symbol} {}", arg(0).within(ATOM), arg(1).within(ATOM));
                Text { text, precedence: 1 }
            }
            // Comparisons do not chain in WGSL's grammar: either side may only be a sum or a product.
            Op::Infix(symbol) => {
                Text { text: format!("{} {symbol} {}", arg(0).within(3), arg(1).within(3)), precedence: 2 }
            }
            Op::Neg => Text { text: format!("-{}", arg(0).within(5)), precedence: 4 },
            Op::Field(name) => Text { text: format!("{}.{name}", arg(0).within(ATOM)), precedence: ATOM },
            Op::Call(function) => {
                let args: Vec<_> = node.args.iter().map(|value| self.value(*value).text).collect();
                Text { text: format!("{function}({})", args.join(", ")), precedence: ATOM }
            }
            Op::Read(text) | Op::Atom(text) => Text { text: text.clone(), precedence: ATOM },
        }
    }

    fn value(&self, value: Value) -> Text {
        match value {
            Value::Const(x) => Text { text: float_literal(x as f32), precedence: ATOM },
            Value::Node(index) => self.texts[index as usize]
                .clone()
                .unwrap_or_else(|| panic!("node {index} is used before its definition")),
        }
    }

    fn fill(&self, text: &str, values: &[Value]) -> String {
        let mut pieces = text.split('$');
        let mut filled = pieces.next().unwrap_or_default().to_string();
        for (piece, value) in pieces.zip(values) {
            let value = self.value(*value);
            // A value that fills an argument or a whole right side needs no parentheses.
            let alone = begins_whole(&filled) && (piece.is_empty() || piece.starts_with([';', ',', ')']));
            filled.push_str(&if alone { value.text } else { value.within(ATOM) });
            filled.push_str(piece);
        }
        filled
    }
}

/// Returns whether what follows `text` is an argument or the right side of an assignment, not the operand of a
/// comparison.
fn begins_whole(text: &str) -> bool {
    let text = text.trim_end();
    let compares = ["==", "!=", "<=", ">="].iter().any(|operator| text.ends_with(operator));
    text.ends_with(['=', '(', ',']) && !compares
}

impl Text {
    fn within(&self, precedence: u8) -> String {
        if self.precedence < precedence { format!("({})", self.text) } else { self.text.clone() }
    }
}

#[cfg(test)]
mod tests {
    use crate::physics::stepper::{algebra::V3, trace::Trace};

    #[test]
    fn constants_fold_and_unused_values_vanish() {
        let trace = Trace::new();
        let x = trace.atom("x");
        let _unused = x * 3.0;
        trace.line("y = $;", &[x * 1.0 + 0.0 * x - (-2.0) * x + (trace.num(1.0) - 1.0)]);
        assert_eq!(trace.finish(), "    y = x + 2.0 * x;\n", "only what is needed is written");
    }

    #[test]
    fn what_is_tiny_stays_while_rounding_left_over_vanishes() {
        let trace = Trace::new();
        let x = trace.atom("x");
        let left = trace.num(0.1) + 0.2 - 0.3;
        trace.line("y = $;", &[x.max(1e-30) + x * left + x * 1e-20]);
        trace.line("z = $;", &[V3::constant(&trace, [1.0, 6e-17, 0.0]).dot(V3([x, x, x]))]);
        assert_eq!(trace.finish(), "    y = max(x, 1e-30) + 1e-20 * x;\n    z = x;\n", "a bound, an inertia, a vector");
    }

    #[test]
    fn equal_expressions_are_computed_once() {
        let trace = Trace::new();
        let (x, y) = (trace.atom("x"), trace.atom("y"));
        trace.line("a = $;", &[(x + y) * (y + x)]);
        let text = trace.finish();
        assert_eq!(text.matches("x + y").count(), 1, "{text}");
    }

    #[test]
    fn a_value_read_before_a_change_keeps_its_old_value() {
        let trace = Trace::new();
        let var = trace.var("v", trace.num(1.0));
        let before = trace.get(&var);
        trace.set(&var, trace.num(2.0));
        trace.line("y = $;", &[before + trace.get(&var)]);
        let text = trace.finish();
        let (read, write) = (text.find("= v;"), text.find("v = 2.0;"));
        assert!(read < write && read.is_some(), "{text}");
    }

    #[test]
    fn values_do_not_leave_their_block() {
        let trace = Trace::new();
        let (x, y) = (trace.atom("x"), trace.atom("y"));
        trace.open("if ($)", &[x.less(y)]);
        trace.line("a = $;", &[(x * y) / (x * y + 1.0)]);
        trace.close();
        trace.line("b = $;", &[(x * y) / (x * y + 1.0)]);
        assert_eq!(trace.finish().matches("= x * y;").count(), 2, "each block computes its own");
    }

    #[test]
    fn the_largest_numbers_are_within_the_range_of_literals() {
        let trace = Trace::new();
        trace.line("y = $;", &[trace.atom("x").clamp(f64::from(f32::MIN), f64::from(f32::MAX))]);
        assert_eq!(trace.finish(), "    y = clamp(x, (-3.4028234e38), 3.4028234e38);\n", "not 3.4028235e38");
        let digits: f64 = "3.4028234e38".parse().expect("a number");
        assert!(digits <= f64::from(f32::MAX) && digits as f32 == f32::MAX, "within the range, and the same number");
    }

    #[test]
    fn comparisons_do_not_chain() {
        let trace = Trace::new();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| trace.atom(name));
        trace.line("y = ($ != $);", &[a.less(b), b.less(c)]);
        trace.line("z = $ == $;", &[c.less(a).and(b.less(d)), d.less(a)]);
        trace.line("w = $;", &[b.less(a).less(c.less(d))]);
        let wanted =
            "    y = ((a < b) != (b < c));\n    z = ((c < a) & (b < d)) == (d < a);\n    w = (b < a) < (c < d);\n";
        assert_eq!(trace.finish(), wanted, "WGSL's grammar has no a < b < c");
    }

    #[test]
    fn subtraction_keeps_its_parentheses() {
        let trace = Trace::new();
        let [a, b, c] = ["a", "b", "c"].map(|name| trace.atom(name));
        trace.line("y = $;", &[a - (b - c)]);
        trace.line("z = $;", &[a / (b * c)]);
        assert_eq!(trace.finish(), "    y = a - (b - c);\n    z = a / (b * c);\n", "order of operations");
    }
}
