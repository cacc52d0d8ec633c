//! NumPy's files against another library, and against files that lie: nothing panics, nothing is allocated that the
//! file could not hold.

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use counting::{Counting, watched};
use gpu_ec::{
    npz::{Array, Column, Element, Npy, Npz, NpzError, NpzWriter},
    run::rollout::{ActionFile, StatesFile},
    tasks::Motion,
};
use support::sound::{npy, npz};
use zip::CompressionMethod;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Tests of this file run one after the other, so that each counts its own bytes.
static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("writable");
    path
}

fn array(path: &Path, name: &str) -> Result<Option<Array>, NpzError> {
    Npz::open(path)?.array(name)
}

/// NumPy's own files (deflated, f64), and what another library makes of them.
#[test]
fn golden_files_read_as_another_library_reads_them() {
    let _alone = alone();
    for file in ["hopper_states.npz", "humanoid_env.npz"] {
        let path = support::golden::path(file);
        let (other, mut own) = (support::npz::Npz::open(&path), Npz::open(&path).expect("a file"));
        let mut count = 0;
        for name in ["qpos", "qvel", "act", "ctrl", "obs", "cinert", "qacc_warmstart"].iter().filter(|n| other.has(n)) {
            let (shape, values) = other.f64(name);
            let found = own.array(name).expect(name).expect(name);
            assert_eq!(found.shape, shape, "{file} {name}");
            assert!(found.values.iter().zip(&values).all(|(a, b)| *a == *b as f32), "{file} {name}");
            assert_eq!(found.values.len(), values.len(), "{file} {name}");
            count += 1;
        }
        assert!(count >= 4, "{file}: arrays were compared");
        assert!(own.names().contains(&"qpos".to_string()), "names");
        assert_eq!(own.array("nothing").expect("no error"), None, "an array that is not there");
    }
}

/// What is written in pieces, another library reads whole.
#[test]
fn written_files_are_read_by_another_library() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.npz");
    let columns = vec![
        Column { name: "qpos", element: Element::F32, shape: vec![3, 2] },
        Column { name: "act", element: Element::F32, shape: vec![3, 0] },
        Column { name: "terminated", element: Element::Byte, shape: vec![3] },
    ];
    assert_eq!(NpzWriter::space(&columns), 24 + 3 + 24, "bytes while it is written");
    let mut writer = NpzWriter::create(&path, columns.clone()).expect("writable");
    let values = [0.1f32, -0.0, f32::MIN_POSITIVE, 1e30, f32::NAN, 5.0];
    for step in 0..3 {
        let bytes: Vec<u8> = values[2 * step..][..2].iter().flat_map(|value| value.to_le_bytes()).collect();
        writer.append(0, &bytes).expect("space");
        writer.append(2, &[step as u8]).expect("space");
    }
    assert!(!path.exists(), "it appears whole or not at all");
    writer.finish().expect("space");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing else is left");
    let mut other = npyz::npz::NpzArchive::open(&path).expect("an archive");
    let found: Vec<f32> = other.by_name("qpos").expect("read").expect("there").into_vec().expect("floats");
    assert!(found.iter().zip(values).all(|(a, b)| a.to_bits() == b.to_bits()) && found.len() == 6, "{found:?}");
    let ends = other.by_name("terminated").expect("read").expect("there");
    assert_eq!((ends.shape().to_vec(), ends.into_vec::<u8>().expect("bytes")), (vec![3], vec![0, 1, 2]), "bytes");
    assert_eq!(array(&path, "act").expect("read"), Some(Array { shape: vec![3, 0], values: vec![] }), "no columns");

    let short = NpzWriter::create(&path, columns).expect("writable");
    let message = short.finish().expect_err("nothing was appended").to_string();
    assert!(message.contains("`qpos` is incomplete") && message.contains("out.npz"), "{message}");
    let nowhere = NpzWriter::create(&folder.path().join("no/out.npz"), vec![]);
    assert!(nowhere.and_then(NpzWriter::finish).is_err(), "a folder that is not there");
}

/// Both precisions and byte orders give the f32 nearest to the file's number.
#[test]
fn values_are_rounded_once() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let values = [0.1, 1.0 / 3.0, -7.25, 16_777_217.0, 1e-50];
    let nearest = values.map(|value| value as f32);
    let mut big = npy(Element::F64, &[5], &values);
    let place = big.windows(3).position(|w| w == b"<f8").expect("the type");
    big[place] = b'>';
    let start = big.len() - 40;
    big[start..].chunks_exact_mut(8).for_each(<[u8]>::reverse);
    for (name, bytes) in
        [("f8", npy(Element::F64, &[5], &values)), ("big", big), ("f4", npy(Element::F32, &[5], &values))]
    {
        let path = write(folder.path(), name, &bytes);
        let mut file = Npy::open(&path).expect("a file");
        let (mut first, mut rest) = ([0.0; 2], [0.0; 3]);
        for _ in 0..2 {
            file.read(&mut first).expect("values");
            file.read(&mut rest).expect("values");
            assert_eq!([&first[..], &rest[..]].concat(), nearest, "{name}");
            assert!(file.read(&mut [0.0]).is_err(), "the end");
            file.rewind().expect("the start");
        }
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let path = write(folder.path(), "x.npz", &npz(method, &[("a", bytes.clone())]));
            assert_eq!(array(&path, "a").expect("read").expect("there").values, nearest, "{name} {method}");
        }
    }
}

#[test]
fn files_that_lie_are_refused() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let good = npy(Element::F64, &[4, 3], &[1.0; 12]);
    let huge = npy(Element::F64, &[1 << 40], &[1.0; 12]);
    let refused = |bytes: &[u8], parts: &[&str]| {
        let path = write(folder.path(), "a.npz", bytes);
        let (result, held) = watched(|| array(&path, "a"));
        let message = result.expect_err(parts[0]).to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{parts:?}: {message}");
        assert!(held < 1 << 20, "{parts:?}: {held} bytes were held");
    };
    let deflated = npz(CompressionMethod::Deflated, &[("a", huge.clone())]);
    refused(&deflated, &["a.npz: array `a`", "(1099511627776,)", "8796093022208 bytes", "at most"]);
    refused(&npz(CompressionMethod::Stored, &[("a", huge.clone())]), &["claims the shape"]);
    let mut longer = good.clone();
    longer.extend([0; 8]);
    refused(&npz(CompressionMethod::Deflated, &[("a", longer.clone())]), &["more than the values", "(4, 3)"]);
    refused(&npz(CompressionMethod::Deflated, &[("a", good[..good.len() - 1].to_vec())]), &["cut off", "12 values"]);
    let whole = npz(CompressionMethod::Stored, &[("a", good.clone())]);
    refused(&whole[..whole.len() - 30], &["not an .npz file", "numpy.savez"]);
    let mut flipped = whole.clone();
    let place = whole.windows(8).position(|window| window == 1f64.to_le_bytes()).expect("a value");
    flipped[place] ^= 1;
    refused(&flipped, &["is damaged"]);
    refused(b"", &["not an .npz file"]);

    let lone = |bytes: &[u8]| Npy::open(&write(folder.path(), "a.npy", bytes)).err().expect("refused").to_string();
    assert!(lone(&good[..good.len() - 1]).contains("cut off"), "one byte less");
    assert!(lone(&longer).contains("more than the values"), "eight bytes more");
    assert!(lone(&huge).contains("cut off"), "a shape that the file cannot hold");
    assert!(lone(&whole).contains("is not a NumPy array"), "an archive");
    let missing = folder.path().join("none.npz");
    assert!(matches!(Npz::open(&missing), Err(NpzError::Read { .. })), "no file");
    assert!(Npz::open(folder.path()).is_err() && Npy::open(folder.path()).is_err(), "a folder");
}

/// A bomb of zeros behind an honest, small shape: no more is inflated than the shape says.
#[test]
fn a_bomb_is_not_inflated() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let mut bomb = npy(Element::F32, &[2], &[1.0; 2]);
    bomb.resize(64 << 20, 0);
    let path = write(folder.path(), "bomb.npz", &npz(CompressionMethod::Deflated, &[("a", bomb)]));
    assert!(fs::metadata(&path).expect("a file").len() < 100_000, "it is small on disk");
    let (result, held) = watched(|| array(&path, "a"));
    assert!(result.expect_err("refused").to_string().contains("more than the values"), "said");
    assert!(held < 1 << 20, "{held} bytes were held");
}

/// Bombs of start states and controls: shapes are compared, and rows counted, before a value is inflated.
#[test]
fn shapes_are_compared_before_anything_is_inflated() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let motion = Motion { qpos: vec![0, 1], qvel: vec![2, 3], ..Motion::default() };
    let zeros = |rows: usize| {
        let mut array = npy(Element::F32, &[rows, 2], &[]);
        array.resize(array.len() + 8 * rows, 0);
        array
    };
    let many = 8 << 20;
    let bomb = |name: &str, qvel: usize| {
        let arrays = [("qpos", zeros(many)), ("qvel", zeros(qvel)), ("actions", zeros(many))];
        write(folder.path(), name, &npz(CompressionMethod::Deflated, &arrays))
    };
    let (other, same) = (bomb("other.npz", 4), bomb("same.npz", many));
    assert!(fs::metadata(&same).expect("a file").len() < 1 << 20, "200 MB are small on disk");
    let (refused, held) = watched(|| StatesFile::open(&other, &motion).map(|_| ()));
    let message = refused.expect_err("another number of rows").to_string();
    assert!(message.contains("array `qvel`: has the shape (4, 2); it must be (8388608, 2)"), "{message}");
    assert!(held < 1 << 20, "{held} bytes were held");
    let (opened, held) = watched(|| (StatesFile::open(&same, &motion), ActionFile::open(&same, 2)));
    let (states, actions) = (opened.0.expect("shapes fit"), opened.1.expect("a shape that fits"));
    assert_eq!((states.rows, actions.rows, actions.steps), (many, many, None), "rows are known");
    assert!(held < 1 << 20, "{held} bytes were held");
    let (first, held) = watched(|| Npz::open(&same).and_then(|mut file| file.first_values("actions", 5)));
    assert_eq!(first.expect("read"), Some(vec![0.0; 5]), "no more than asked for");
    assert!(held < 1 << 20, "{held} bytes were held");
}
