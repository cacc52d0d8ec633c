//! NumPy's files: states and controls.

use gpu_ec::npz::Element;
use zip::CompressionMethod::{self, Deflated, Stored};

use super::row::File;
use super::row::Row;
use super::row::broken;
use super::row::rows;
use crate::support::sound::npy;
use crate::support::sound::npz;
use crate::support::sound::states;

/// Coordinates of the inverted pendulum.
const N: usize = 2;

/// States `s.npz`, which `gpu-ec rollout` refuses.
fn start(name: &'static str, bytes: impl Into<Vec<u8>>, parts: &[&str]) -> Row {
    states_of(name, parts).with("s.npz", bytes)
}

fn states_of(name: &'static str, parts: &[&str]) -> Row {
    let arguments = ["rollout", "inverted_pendulum", "--random", "--states", "s.npz", "--out", "o.npz"];
    broken(name, &arguments, &[&["s.npz"], parts].concat())
}

/// Controls `c.npy`, which it refuses.
fn control(name: &'static str, bytes: impl Into<Vec<u8>>, parts: &[&str]) -> Row {
    controls_of(name, parts).with("c.npy", bytes)
}

fn controls_of(name: &'static str, parts: &[&str]) -> Row {
    let arguments = ["rollout", "inverted_pendulum", "--actions", "c.npy", "--out", "o.npz"];
    broken(name, &arguments, &[&["c.npy"], parts].concat())
}

/// An archive whose `qpos` is this file.
fn qpos(method: CompressionMethod, qpos: Vec<u8>) -> Vec<u8> {
    npz(method, &[("qpos", qpos), ("qvel", npy(Element::F64, &[2, N], &[0.0; 2 * N]))])
}

/// An array with a header of our own.
fn header(text: &str) -> Vec<u8> {
    [b"\x93NUMPY\x01\0", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), &[0; 32]].concat()
}

fn of(descr: &str, fortran: &str, shape: &str) -> Vec<u8> {
    header(&format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}}}\n"))
}

pub fn table() -> Vec<Row> {
    [archives(), members(), controls(), commands()].concat()
}

fn archives() -> Vec<Row> {
    let sound = states(Stored, N);
    let place = sound.windows(8).position(|bytes| bytes == 0.5f64.to_le_bytes()).expect("a value");
    let mut flipped = sound.clone();
    flipped[place] ^= 1;
    let mut sum = sound.clone();
    sum[14] ^= 1; // the checksum of the first member's own header
    let central = sound.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a directory");
    sum[central + 16] ^= 1; // and in the directory
    let mut method = sound.clone();
    (method[8], method[central + 10]) = (99, 99);
    let cases = rows([
        start("empty states", "", &["is not an .npz file"]),
        start("states cut off", &sound[..sound.len() - 30], &["is not an .npz file"]),
        start("states of text", "qpos,qvel\n0,0\n", &["is not an .npz file"]),
        start("a value that was changed", flipped, &["array `qpos`: is damaged"]),
        start("a checksum that was changed", sum, &["array `qpos`: is damaged"]),
        start("a packing that nobody knows", method, &["s.npz"]),
        states_of("states that are not there", &["cannot read s.npz"]),
        states_of("a folder as states", &["cannot read s.npz: it is a folder"]).file("s.npz", File::Folder),
        states_of("states of a terabyte of zeros", &["is not an .npz file"])
            .file("s.npz", File::Sparse(sound.clone(), 1 << 40)),
        start("states of another robot", states(Deflated, N + 1), &["array `qpos`: has the shape (2, 3)", "(N, 2)"]),
        start(
            "states without velocities",
            npz(Stored, &[("qpos", npy(Element::F32, &[2, N], &[0.0; 2 * N]))]),
            &["holds no array `qvel`"],
        ),
    ]);
    let pipe = states_of("a pipe as states", &["cannot read s.npz: it is not a file"]).file("s.npz", File::Pipe);
    [cases, if cfg!(unix) { vec![pipe] } else { vec![] }].concat()
}

fn members() -> Vec<Row> {
    let value = |value: f64| npy(Element::F64, &[2, N], &[0.0, 0.0, value, 0.0]);
    let mut bomb = npy(Element::F32, &[2, N], &[0.0; 2 * N]);
    bomb.resize(256 << 20, 0);
    // 2 GiB that fit: bytes that do not pack, of which nobody sees more than the header
    let mut many = npy(Element::F32, &[1 << 28, N], &[]);
    let mut noise = 1u64;
    many.extend((0..3 << 20).map(|_| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (noise >> 56) as u8
    }));
    let mut honest = npy(Element::F32, &[64 << 20], &[]);
    honest.resize(honest.len() + (256 << 20), 0);
    rows([
        start("a state that is no number", qpos(Stored, value(f64::NAN)), &["array `qpos`: row 1, column 0 is NaN"]),
        start("a state beyond 32 bits", qpos(Stored, value(1e300)), &["array `qpos`: row 1, column 0 is inf"]),
        start(
            "an absurd shape",
            qpos(Deflated, of("'<f8'", "False", "(99999999999, 2)")),
            &["array `qpos`: claims the shape"],
        ),
        start(
            "a shape beyond all numbers",
            qpos(Stored, of("'<f8'", "False", "(0, 99999999999, 99999999999)")),
            &["no memory holds"],
        ),
        start(
            "a negative shape",
            qpos(Stored, of("'<f8'", "False", "(-2, 2)")),
            &["array `qpos`: has a header", "length of a dimension"],
        ),
        start("Python objects", qpos(Stored, of("'|O'", "False", "(2, 2)")), &["array `qpos`: holds Python objects"]),
        start(
            "whole numbers",
            qpos(Stored, of("'<i8'", "False", "(2, 2)")),
            &["array `qpos`: has elements of type `<i8`", "astype"],
        ),
        start(
            "a record",
            qpos(Stored, of("[('a', '<f8')]", "False", "(2, 2)")),
            &["array `qpos`: has a structured element type"],
        ),
        start(
            "Fortran order",
            qpos(Stored, of("'<f8'", "True", "(2, 2)")),
            &["array `qpos`: is stored column by column", "ascontiguousarray"],
        ),
        start(
            "a header of code",
            qpos(Stored, header("__import__('os').system('id')\n")),
            &["array `qpos`: has a header that cannot be read"],
        ),
        start(
            "an array cut off",
            qpos(Deflated, value(0.0)[..100].to_vec()),
            &["array `qpos`: ends within its header"],
        ),
        start("a bomb behind a small shape", qpos(Deflated, bomb), &["array `qpos`: holds more than the values"]),
        start("a bomb of another shape", qpos(Deflated, honest), &["array `qpos`: has the shape (67108864,)"]),
        broken(
            "more rows than any device takes",
            &["rollout", "inverted_pendulum", "--random", "--states", "s.npz", "--out", "o.npz"],
            &["268435456 rows need", "binds at most"],
        )
        .with("s.npz", npz(Deflated, &[("qpos", many.clone()), ("qvel", many)])),
        start("no rows", qpos(Stored, npy(Element::F64, &[0, N], &[])), &["array `qpos`: has the shape (0, 2)"]),
    ])
}

fn controls() -> Vec<Row> {
    let sound = npy(Element::F64, &[3, 1], &[0.0; 3]);
    let nan = npy(Element::F64, &[3, 1], &[0.0, f64::NAN, 0.0]);
    let cases = rows([
        control("empty controls", "", &["ends within its header"]),
        control("controls cut off", &sound[..sound.len() - 1], &["ends before the 3 values"]),
        control("controls and one byte more", [&sound[..], b"x"].concat(), &["holds more than the values"]),
        control("an archive as controls", states(Stored, N), &["is not a NumPy array"]),
        control(
            "controls of another robot",
            npy(Element::F32, &[3, 2], &[0.0; 6]),
            &["has the shape (3, 2)", "(N, 1)"],
        ),
        control("a control that is no number", nan, &["row 1, column 0 is NaN"]),
        control(
            "controls of an absurd header",
            [b"\x93NUMPY\x02\0\xff\xff\xff\xff", &[b' '; 99][..]].concat(),
            &["a header of 4294967295 bytes"],
        ),
        controls_of("controls that are not there", &["cannot read c.npy"]),
        controls_of("controls of a terabyte of zeros", &["is not a NumPy array"])
            .file("c.npy", File::Sparse(vec![], 1 << 40)),
    ]);
    let pipe = controls_of("a pipe as controls", &["cannot read c.npy: it is not a file"]).file("c.npy", File::Pipe);
    [cases, if cfg!(unix) { vec![pipe] } else { vec![] }].concat()
}

/// Arguments that no file can make good; a place that cannot be written is a fault at run time.
fn commands() -> Vec<Row> {
    let rollout = ["rollout", "inverted_pendulum", "--random", "--steps", "1", "--out"];
    rows([
        broken(
            "no such device",
            &["rollout", "inverted_pendulum", "--random", "--gpu", "nowhere", "--out", "o.npz"],
            &["nowhere"],
        ),
        broken(
            "rows beyond any device",
            &["rollout", "inverted_pendulum", "--random", "--rows", "4294967295", "--out", "o.npz"],
            &["4294967295 rows need"],
        ),
        broken("a folder where the motion goes", &[&rollout[..], &["o.npz"]].concat(), &["cannot write o.npz"])
            .file("o.npz", File::Folder)
            .code(1),
        broken(
            "a file where the folder of the motion is",
            &[&rollout[..], &["f/o.npz"]].concat(),
            &["cannot write f/o.npz"],
        )
        .with("f", "")
        .code(1),
        broken(
            "a file where the folder of a run is",
            &["run", "cartpole", "--quiet", "--out", "f/run"],
            &["cannot create f: "],
        )
        .with("f", "")
        .code(1),
    ])
}
