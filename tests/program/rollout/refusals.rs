//! Arguments and files that cannot be rolled out: refused, with what is wrong.

use super::{DROP, HOPPER};
use crate::support::arrays::Files;
use crate::support::golden;
use crate::support::program::refused;
use gpu_ec::npz::Element;

#[test]
fn what_cannot_be_rolled_out_is_refused() {
    let files = Files::new();
    let out = files.name("out.npz");
    let refuse = |arguments: &[&str], parts: &[&str]| {
        refused(&[&["rollout", "--out", &out], arguments].concat(), 2, parts);
        assert!(!files.path("out.npz").exists(), "nothing is written");
    };
    let states = |name: &str, arrays: &[(&'static str, &[usize], &[f32])]| files.npz(name, arrays);
    let good = states("good.npz", &[("qpos", &[2, 6], &[0.5; 12]), ("qvel", &[2, 6], &[0.0; 12])]);
    let held = files.npy("held.npy", Element::F32, &[2, 3], &[0.0; 6]);
    let hopper = |states: &str, parts: &[&str]| refuse(&["hopper", "--states", states, "--actions", &held], parts);

    refuse(&["hopper"], &["--actions", "--random", "--policy"]);
    refuse(&["--random"], &["<TASK|ROBOT.xml>"]);
    refuse(&["hopper", "--random", "--actions", &held], &["cannot be used with"]);
    refuse(&["hopper", "--random", "--states", &good, "--rows", "3"], &["cannot be used with"]);
    refuse(&["hoper", "--random"], &["did you mean `hopper`?"]);
    refuse(&["hopper", "--random", "--set", "task.nothing=1"], &["--set:1:6"]);
    refuse(&["hopper", "--random", "--integrator", "euler"], &["task.integrator"]);
    refuse(&["--policy", "none"], &["there is no run directory or checkpoint none"]);
    refuse(&["none.xml", "--random", "--steps", "1"], &["none.xml: cannot be read"]);
    refuse(&[HOPPER, "--random"], &["--steps"]);
    refuse(&[HOPPER, "--random", "--steps", "1", "--set", "task.integrator=Euler"], &["--set needs a task"]);
    let wrong = files.write("wrong.xml", "<mujoco><worldbody><body><joint type=\"ball\"/></body></worldbody></mujoco>");
    refuse(&[&wrong, "--random", "--steps", "1"], &["wrong.xml:1:", "<joint> attribute `type`", "`ball`"]);
    let still = "<mujoco><worldbody><body><geom size=\"1\"/></body></worldbody></mujoco>";
    refuse(&[&files.write("still.xml", still), "--random", "--steps", "1"], &["still.xml", "has no joint"]);

    hopper("none.npz", &["cannot read none.npz"]);
    hopper(&held, &["held.npy", "is not an .npz file"]);
    hopper(&states("a.npz", &[("qpos", &[2, 6], &[0.0; 12])]), &["a.npz: holds no array `qvel`", "(N, 6)"]);
    hopper(&states("b.npz", &[("qvel", &[2, 6], &[0.0; 12])]), &["b.npz: holds no array `qpos`"]);
    let narrow = [("qpos", &[2, 5][..], &[0.0; 10][..]), ("qvel", &[2, 6], &[0.0; 12])];
    hopper(&states("c.npz", &narrow), &["array `qpos`: has the shape (2, 5)", "(N, 6)"]);
    let short = [("qpos", &[2, 6][..], &[0.0; 12][..]), ("qvel", &[1, 6], &[0.0; 6])];
    hopper(&states("d.npz", &short), &["array `qvel`: has the shape (1, 6)", "(2, 6)"]);
    hopper(&states("e.npz", &[("qpos", &[0, 6], &[]), ("qvel", &[0, 6], &[])]), &["(0, 6)"]);
    let mut nan = [0.0; 12];
    nan[8] = f32::NAN;
    let not_finite = [("qpos", &[2, 6][..], &nan[..]), ("qvel", &[2, 6], &[0.0; 12])];
    hopper(&states("f.npz", &not_finite), &["array `qpos`: row 1, column 2 is NaN"]);
    let typo = [("qpos", &[2, 6][..], &[0.0; 12][..]), ("qvel", &[2, 6], &[0.0; 12]), ("qacc_warmstat", &[1], &[0.0])];
    hopper(&states("g.npz", &typo), &["array `qacc_warmstat`", "did you mean `qacc_warmstart`?"]);
    let active = [("qpos", &[2, 6][..], &[0.0; 12][..]), ("qvel", &[2, 6], &[0.0; 12]), ("act", &[2, 1], &[0.0; 2])];
    hopper(&states("h.npz", &active), &["array `act`: has the shape (2, 1)", "no activation"]);
    let drop = golden::model("drop").sizes;
    let lost = vec![0.0; drop.nq];
    let zero = [("qpos", &[1, drop.nq][..], &lost[..]), ("qvel", &[1, drop.nv], &lost[..drop.nv])];
    refuse(
        &[DROP, "--random", "--steps", "1", "--states", &states("i.npz", &zero)],
        &["row 0 has a quaternion of length 0"],
    );

    let act = |actions: &str, more: &[&str], parts: &[&str]| {
        refuse(&[&["hopper", "--states", &good, "--actions", actions], more].concat(), parts);
    };
    let npy = |name: &str, shape: &[usize]| files.npy(name, Element::F32, shape, &vec![0.0; shape.iter().product()]);
    act("none.npy", &[], &["cannot read none.npy"]);
    act(&good, &[], &["good.npz: holds no array `actions`"]);
    act(&files.write("k.npy", std::fs::read(&good).expect("a file")), &[], &["is not a NumPy array"]);
    act(&npy("l.npy", &[2, 4]), &[], &["has the shape (2, 4)", "(T, N, 3)", "(N, 3)"]);
    act(&npy("m.npy", &[3, 3]), &[], &["--actions has 3 rows, --states 2"]);
    act(&npy("n.npy", &[5, 2, 3]), &["--steps", "6"], &["--steps 6 is more than the 5 steps"]);
    act(&npy("o.npy", &[0, 2, 3]), &[], &["(0, 2, 3)"]);
    let infinite = files.npy("p.npy", Element::F32, &[1, 2, 3], &[0.0, 0.0, 0.0, 0.0, f32::INFINITY, 0.0]);
    act(&infinite, &[], &["p.npy", "row 1, column 1 is inf"]);
    let cut = std::fs::read(npy("q.npy", &[2, 3])).expect("a file");
    act(&files.write("q.npy", &cut[..cut.len() - 2]), &[], &["q.npy: ends before the 6 values"]);

    refuse(
        &["hopper", "--random", "--rows", "4000000000", "--steps", "1"],
        &["4000000000 rows need", "binds at most", "rows"],
    );
    let long = ["hopper", "--random", "--rows", "1000", "--steps", "4000000000"];
    refuse(&long, &["4000000000 steps of 1000 rows take", "are free in", "--steps or rows"]);
    let nowhere = files.name("no/out.npz");
    refused(&["rollout", "hopper", "--random", "--steps", "1", "--out", &nowhere], 1, &["cannot write", "no/out.npz"]);
}
