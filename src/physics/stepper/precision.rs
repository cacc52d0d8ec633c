//! Properties of a robot that make its `f32` steps less exact than the bounds that other robots keep.

use crate::physics::model::Model;

/// Ratio of masses in one tree up to which `f32` steps keep the bounds. Larger ratios cost digits in proportion.
const MASS_RATIO: f64 = 1e3;

/// Lists the properties that make a step less exact than 2e-6 (m, rad) and 2e-5 (1 + |v|), with advice.
pub fn remarks(model: &Model) -> Vec<String> {
    let masses = heaviest_beside_lightest(model).map(|(heavy, light, ratio)| {
        let name = |body: usize| model.names.body.get(body).cloned().unwrap_or_default();
        format!(
            "body {heavy} `{}` is {ratio:.0} times heavier than body {light} `{}` of the same tree: above 1000 steps lose digits \
             against MuJoCo; give the light one mass, or its joints armature",
            name(heavy),
            name(light)
        )
    });
    masses.into_iter().collect()
}

/// Returns the heaviest and the lightest body of the worst tree and their ratio, if it exceeds [`MASS_RATIO`]. Bodies
/// without mass do not count, since another one carries them.
fn heaviest_beside_lightest(model: &Model) -> Option<(usize, usize, f64)> {
    let bodies = || (1..model.sizes.nbody).filter(|&body| model.body_mass[body] > 0.0);
    let ratio = |(heavy, light): (usize, usize)| model.body_mass[heavy] / model.body_mass[light];
    let of_tree = |root: usize| {
        let of_tree = || bodies().filter(move |&body| model.body_rootid[body] == root);
        let by_mass = |a: &usize, b: &usize| model.body_mass[*a].total_cmp(&model.body_mass[*b]);
        Some((of_tree().max_by(by_mass)?, of_tree().min_by(by_mass)?))
    };
    let worst = (1..model.sizes.nbody).filter_map(of_tree).max_by(|a, b| ratio(*a).total_cmp(&ratio(*b)))?;
    (ratio(worst) > MASS_RATIO).then_some((worst.0, worst.1, ratio(worst)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physics::mjcf;

    fn of(child: &str) -> Vec<String> {
        let text = format!(
            r#"<mujoco><worldbody><geom type="plane" size="1 1 1"/>
            <body name="base"><freejoint/><geom size="0.1" mass="1"/>
            <body name="tip" pos="0 0 1"><joint/><geom size="0.1" pos="0.1 0 0" mass="{child}"/></body></body>
            <body name="far" pos="5 0 0"><freejoint/><geom size="0.1" mass="5000"/></body></worldbody></mujoco>"#
        );
        remarks(&mjcf::compile("robot", &text).expect("in the subset").model)
    }

    #[test]
    fn masses_far_apart_in_a_tree_are_told() {
        assert_eq!(of("0.002"), Vec::<String>::new(), "500 times, and another tree does not count");
        let told = of("0.0005");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("body 1 `base` is 2000 times heavier than body 2 `tip`"), "{told:?}");
        assert!(of("3000")[0].contains("body 2 `tip` is 3000 times heavier than body 1 `base`"), "the other way");
    }

    #[test]
    fn our_own_robots_are_stepped_exactly() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/robots");
        let files: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
        assert!(files.len() >= 10, "{files:?}");
        for path in files {
            let text = std::fs::read_to_string(&path).expect("readable");
            let model = mjcf::compile(&path.display().to_string(), &text).expect("in the subset").model;
            assert_eq!(remarks(&model), Vec::<String>::new(), "{}", path.display());
        }
    }
}
