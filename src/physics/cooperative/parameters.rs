//! Parameters of constraints as WGSL functions: a literal if all constraints agree, else a table.

use std::fmt::Write;

use super::{
    robot::Robot,
    tables::{Tables, literal},
};
use crate::physics::stepper::{contact::Pair, softness::Softness};

/// Returns the functions of a candidate (`contact_...`) and of a limited dof (`limit_...`), and the tables of the
/// limits.
pub fn text(robot: &Robot) -> String {
    let mut tables = Tables::default();
    let mut functions = String::new();
    let candidates: Vec<Pair> = robot.candidates().copied().collect();
    let softness: Vec<_> = candidates.iter().map(|pair| pair.softness).collect();
    soft(&mut tables, &mut functions, "contact", "candidate", &softness);
    for (name, of) in [
        ("margin", (|pair: &Pair| pair.margin) as fn(&Pair) -> f64),
        ("diagonal", Pair::diagonal),
        ("give", |pair| pair.give),
        ("friction", |pair| if pair.condim == 1 { 0.0 } else { pair.friction }),
    ] {
        let values: Vec<f64> = candidates.iter().map(of).collect();
        let value = value(&mut tables, &format!("contact_{name}"), "candidate", &values);
        let _ = writeln!(functions, "fn contact_{name}(candidate: u32) -> f32 {{ return {value}; }}");
    }
    limits(&mut tables, &mut functions, robot);
    tables.0 + &functions
}

/// Writes `fn <what>_softness(<index>: u32) -> Softness`.
fn soft(tables: &mut Tables, functions: &mut String, what: &str, index: &str, rows: &[Softness]) {
    // Not just `low` and `high`, which name the tables of a joint's range.
    let names = ["stiffness", "damping", "impedance_low", "impedance_high", "inverse_width", "midpoint"];
    let members: Vec<[f64; 6]> = rows.iter().map(members).collect();
    let expression = |(k, name): (usize, &&str)| {
        let values: Vec<f64> = members.iter().map(|row| row[k]).collect();
        value(tables, &format!("{what}_{name}"), index, &values)
    };
    let values: Vec<String> = names.iter().enumerate().map(expression).collect();
    let _ = writeln!(
        functions,
        "fn {what}_softness({index}: u32) -> Softness {{ return Softness({}); }}",
        values.join(", ")
    );
}

/// Returns the members of WGSL's `Softness`, in order.
fn members(soft: &Softness) -> [f64; 6] {
    let [low, high] = soft.impedance;
    [soft.stiffness, soft.damping, low, high, 1.0 / soft.width, soft.midpoint]
}

/// Returns the WGSL expression of a parameter, and adds its table if it needs one.
fn value(tables: &mut Tables, name: &str, index: &str, values: &[f64]) -> String {
    match values {
        [] => "0.0".into(),
        [first, rest @ ..] if rest.iter().all(|x| x == first) => literal(*first),
        _ => {
            let table = name.to_uppercase();
            tables.floats(&table, values.iter().copied());
            format!("{table}[{index}]")
        }
    }
}

/// Writes the tables of limits by dof. Entries of dofs without a limit are never read.
fn limits(tables: &mut Tables, functions: &mut String, robot: &Robot) {
    let model = robot.model;
    let of_dof = |dof: usize| robot.limited(dof);
    let limited: Vec<usize> = (0..model.sizes.nv).filter(|&dof| of_dof(dof).is_some()).collect();
    let mask: u32 = limited.iter().map(|dof| 1u32 << dof).sum();
    let _ = writeln!(tables.0, "const LIMITED = {mask}u;");
    let joint_value = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..model.sizes.nv).map(|dof| of_dof(dof).map_or(0.0, of)).collect()
    };
    for (name, values) in [
        ("LIMIT_LOW", joint_value(&|j| model.jnt_range[j][0])),
        ("LIMIT_HIGH", joint_value(&|j| model.jnt_range[j][1])),
        ("LIMIT_MARGIN", joint_value(&|j| model.jnt_margin[j])),
        ("LIMIT_DIAGONAL", joint_value(&|j| model.dof_invweight0[model.jnt_dofadr[j]])),
    ] {
        tables.floats(name, values.into_iter());
    }
    soft(tables, functions, "limit", "dof", &robot.limit_softness);
}
