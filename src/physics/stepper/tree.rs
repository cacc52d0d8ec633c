//! The robot as trees of bodies and of degrees of freedom, and checks of what the stepper supports.

use super::StepperError;
use crate::physics::model::{Model, joint};

/// Topology derived from a model.
#[derive(Debug)]
pub struct Tree {
    /// Dofs between each dof and the root, nearest first, without itself.
    pub ancestors: Vec<Vec<usize>>,
    /// Dofs that move each body, from the root.
    pub chain: Vec<Vec<usize>>,
    /// Bodies that carry joints of their own; the others are welded to one of these or to the world.
    pub movers: Vec<usize>,
    /// Identifier of each body in generated text.
    pub names: Vec<String>,
}

impl Tree {
    /// Derives the topology of `model`.
    ///
    /// Errors: a feature outside the subset.
    pub fn new(model: &Model) -> Result<Self, StepperError> {
        check(model)?;
        let ancestors = (0..model.sizes.nv).map(|dof| ancestors(model, dof)).collect();
        let mut chain: Vec<Vec<usize>> = vec![vec![]];
        for body in 1..model.sizes.nbody {
            let mut dofs = chain[model.body_parentid[body]].clone();
            dofs.extend(own_dofs(model, body));
            chain.push(dofs);
        }
        let movers = (1..model.sizes.nbody).filter(|&body| model.body_weldid[body] == body).collect();
        Ok(Self { ancestors, chain, movers, names: names(model) })
    }

    /// Returns the number of dofs.
    pub fn nv(&self) -> usize {
        self.ancestors.len()
    }

    /// Returns the pairs (i, j) of the lower triangle where matrices of the tree are not zero: j is i or an ancestor of
    /// i.
    pub fn pattern(&self) -> impl Iterator<Item = (usize, usize)> {
        self.ancestors
            .iter()
            .enumerate()
            .flat_map(|(i, above)| std::iter::once((i, i)).chain(above.iter().map(move |&j| (i, j))))
    }

    /// Returns the body that carries `body`'s parent rigidly; 0 is the world.
    pub fn parent(&self, model: &Model, body: usize) -> usize {
        model.body_weldid[model.body_parentid[body]]
    }
}

/// Returns the dofs of the body's own joints.
pub fn own_dofs(model: &Model, body: usize) -> std::ops::Range<usize> {
    let first = usize::try_from(model.body_dofadr[body]).unwrap_or(0);
    first..first + model.body_dofnum[body]
}

/// Returns the body's own joints.
pub fn own_joints(model: &Model, body: usize) -> std::ops::Range<usize> {
    let first = usize::try_from(model.body_jntadr[body]).unwrap_or(0);
    first..first + model.body_jntnum[body]
}

fn ancestors(model: &Model, dof: usize) -> Vec<usize> {
    let next = |dof: &usize| usize::try_from(model.dof_parentid[*dof]).ok();
    std::iter::successors(next(&dof), next).collect()
}

fn names(model: &Model) -> Vec<String> {
    let clean = |name: &String| {
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect::<String>()
    };
    let names: Vec<String> = model.names.body.iter().map(clean).collect();
    (0..model.sizes.nbody)
        .map(|body| match names.get(body) {
            Some(name) if !name.is_empty() && names.iter().filter(|other| *other == name).count() == 1 => name.clone(),
            _ => format!("body_{body}"),
        })
        .collect()
}

fn check(model: &Model) -> Result<(), StepperError> {
    let refuse = |what: String| Err(StepperError::Unsupported(what));
    if model.sizes.nv > 32 {
        return refuse(format!(
            "{} degrees of freedom; chains are 32-bit masks, so at most 32 are possible",
            model.sizes.nv
        ));
    }
    if model.sizes.nv == 0 {
        return refuse("a robot without joints".into());
    }
    for j in 0..model.sizes.njnt {
        let body = model.jnt_bodyid[j];
        match model.jnt_type[j] {
            joint::FREE if model.body_jntnum[body] != 1 || model.body_parentid[body] != 0 => {
                return refuse(format!(
                    "joint {j}: a free joint must be its body's only one, and the body a child of the world"
                ));
            }
            joint::FREE | joint::SLIDE | joint::HINGE => {}
            other => return refuse(format!("joint {j}: type {other} (ball)")),
        }
        if model.jnt_limited[j] && model.jnt_range[j][1] - model.jnt_range[j][0] < 2.0 * model.jnt_margin[j] {
            return refuse(format!("joint {j}: both limits can be active at once"));
        }
    }
    Ok(())
}
