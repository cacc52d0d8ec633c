//! Reads float arrays, never more than the file can hold.

use std::{
    fs::File,
    io::{BufReader, Error, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use zip::{CompressionMethod, ZipArchive, read::ZipFile, result::ZipError};

use super::{Element, Header, NpzError, shape_text};
use crate::files::input;

/// Maximum inflation of deflated data: a match of 258 bytes takes two bits.
const DEFLATE_RATIO: u64 = 1032;
/// Maximum bytes read to find an archive's directory, which is at its end. Without a limit, the library would search
/// all of a large file.
const LIST: u64 = 64 << 20;
/// Bytes decoded at a time.
const CHUNK: usize = 1 << 16;

/// An array in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
    /// Values in row-major order.
    pub values: Vec<f32>,
}

/// An open `.npy` file, read piece by piece.
pub struct Npy {
    place: String,
    path: PathBuf,
    header: Header,
    start: u64,
    reader: BufReader<File>,
    left: usize,
}

impl Npy {
    /// Opens a file and reads its header.
    /// Errors: a file that cannot be opened, is not a float array, or is longer or shorter than its shape.
    /// Errors: cannot be opened; not an array of floats; longer or shorter than its shape says.
    pub fn open(path: &Path) -> Result<Self, NpzError> {
        let (file, length) = input::open(path).map_err(NpzError::read(path))?;
        let mut reader = BufReader::with_capacity(CHUNK, file);
        let place = path.display().to_string();
        let (header, start) = Header::read(&mut reader, &place)?;
        check_size(&place, &header, length.saturating_sub(start), "holds")?;
        let left = header.count();
        Ok(Self { place, path: path.into(), header, start, reader, left })
    }

    /// Returns the shape of the array.
    pub fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// Fills `values` with the next values.
    ///
    /// Errors: the file ends first, or cannot be read.
    pub fn read(&mut self, values: &mut [f32]) -> Result<(), NpzError> {
        if values.len() > self.left {
            return Err(cut_off(&self.place, &self.header));
        }
        self.left -= values.len();
        decode(&mut self.reader, &self.header, values).map_err(NpzError::read(&self.path))
    }

    /// Returns to the first value.
    ///
    /// Errors: the file cannot be read.
    pub fn rewind(&mut self) -> Result<(), NpzError> {
        self.left = self.header.count();
        self.reader.seek(SeekFrom::Start(self.start)).map_err(NpzError::read(&self.path))?;
        Ok(())
    }
}

/// An open `.npz` file.
pub struct Npz {
    place: String,
    length: u64,
    archive: ZipArchive<BufReader<Metered>>,
}

/// A file of which only `left` more bytes may be read.
struct Metered {
    file: File,
    left: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(bytes)?;
        let left = self.left.load(Ordering::Relaxed).checked_sub(count as u64);
        self.left.store(left.ok_or_else(|| Error::other("no list of arrays near its end"))?, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl Npz {
    /// Opens a file and reads its list of arrays.
    ///
    /// Errors: a file that cannot be opened, or is not a zip archive.
    pub fn open(path: &Path) -> Result<Self, NpzError> {
        let (file, length) = input::open(path).map_err(NpzError::read(path))?;
        let place = path.display().to_string();
        let left = Arc::new(AtomicU64::new(LIST));
        let reader = BufReader::new(Metered { file, left: left.clone() });
        let archive = ZipArchive::new(reader).map_err(|error| {
            NpzError::refused(&place, format!("is not an .npz file: {error}"), "save it with numpy.savez")
        })?;
        left.store(u64::MAX, Ordering::Relaxed);
        Ok(Self { place, length, archive })
    }

    /// Returns the names of the arrays.
    pub fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(|name| name.strip_suffix(".npy")).map(String::from).collect()
    }

    /// Returns the shape of the array `name`, if the file has it. Reads its header only, so the values are not
    /// inflated.
    ///
    /// Errors: not a float array; damaged; unsupported compression; a shape larger than its bytes can hold.
    pub fn shape(&mut self, name: &str) -> Result<Option<Vec<usize>>, NpzError> {
        let place = self.place_of(name);
        Ok(self.member(name)?.map(|member| member.head(&place)).transpose()?.map(|(header, _)| header.shape))
    }

    /// Returns the array `name`, if the file has it.
    ///
    /// Errors: those of [`Self::shape`]; longer or shorter than its shape.
    pub fn array(&mut self, name: &str) -> Result<Option<Array>, NpzError> {
        let place = self.place_of(name);
        let Some(member) = self.member(name)? else { return Ok(None) };
        let (header, mut member) = member.head(&place)?;
        let values = values(&mut member, &header, header.count(), &place)?;
        // The checksum is compared only at the end of the data.
        match member.read(&mut [0]) {
            Ok(0) => Ok(Some(Array { shape: header.shape, values })),
            Ok(_) => Err(check_size(&place, &header, u64::MAX, "holds").expect_err("it is longer")),
            Err(error) => Err(damaged(&place)(error.into())),
        }
    }

    /// Returns the first `count` values of the array `name`, if the file has it; inflates no more than these.
    ///
    /// Errors: those of [`Self::shape`]; an array with fewer values.
    pub fn first_values(&mut self, name: &str, count: usize) -> Result<Option<Vec<f32>>, NpzError> {
        let place = self.place_of(name);
        let Some(member) = self.member(name)? else { return Ok(None) };
        let (header, mut member) = member.head(&place)?;
        if count > header.count() {
            return Err(cut_off(&place, &header));
        }
        values(&mut member, &header, count, &place).map(Some)
    }

    fn place_of(&self, name: &str) -> String {
        format!("{}: array `{name}`", self.place)
    }

    fn member(&mut self, name: &str) -> Result<Option<Member<'_>>, NpzError> {
        let (place, length) = (self.place_of(name), self.length);
        match self.archive.by_name(&format!("{name}.npy")) {
            Err(ZipError::FileNotFound) => Ok(None),
            Err(error) => Err(damaged(&place)(error)),
            Ok(file) => Ok(Some(Member { file, length })),
        }
    }
}

/// A member of an archive of `length` bytes.
struct Member<'a> {
    file: ZipFile<'a, BufReader<Metered>>,
    length: u64,
}

impl<'a> Member<'a> {
    /// Reads the header and checks that the member's bytes can hold its shape; the values follow.
    fn head(mut self, place: &str) -> Result<(Header, ZipFile<'a, BufReader<Metered>>), NpzError> {
        let packed = self.file.compressed_size();
        let most = match self.file.compression() {
            CompressionMethod::Stored => packed,
            CompressionMethod::Deflated => packed.saturating_mul(DEFLATE_RATIO),
            other => {
                let problem = format!("is packed by the method {other}");
                return Err(NpzError::refused(place, problem, "save it with numpy.savez or savez_compressed"));
            }
        };
        if packed > self.length {
            let problem = format!("claims {packed} bytes of a file of {}", self.length);
            return Err(NpzError::refused(place, problem, "save the file anew"));
        }
        let (header, start) = Header::read(&mut self.file, place)?;
        let bytes = header.bytes();
        if start.saturating_add(bytes) > most {
            let (shape, method) = (shape_text(&header.shape), self.file.compression());
            let problem = format!("claims the shape {shape}, {bytes} bytes, in {packed} bytes of the file ({method})");
            return Err(NpzError::refused(place, problem, format!("at most {most} fit: save the file anew")));
        }
        Ok((header, self.file))
    }
}

/// Inflates `count` values.
fn values(member: &mut impl Read, header: &Header, count: usize, place: &str) -> Result<Vec<f32>, NpzError> {
    let mut values = vec![0.0; count];
    decode(member, header, &mut values).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => cut_off(place, header),
        _ => damaged(place)(error.into()),
    })?;
    Ok(values)
}

fn damaged(place: &str) -> impl Fn(ZipError) -> NpzError + '_ {
    move |error| NpzError::refused(place, format!("is damaged: {error}"), "save the file anew")
}

fn cut_off(place: &str, header: &Header) -> NpzError {
    let problem = format!("ends before the {} values of its shape {}", header.count(), shape_text(&header.shape));
    NpzError::refused(place, problem, "it is cut off: save it anew")
}

/// Checks that the values have as many bytes as the shape requires.
fn check_size(place: &str, header: &Header, found: u64, verb: &str) -> Result<(), NpzError> {
    match found.cmp(&header.bytes()) {
        std::cmp::Ordering::Less => Err(cut_off(place, header)),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => {
            let problem = format!("{verb} more than the values of its shape {}", shape_text(&header.shape));
            Err(NpzError::refused(place, problem, "save it anew"))
        }
    }
}

/// Reads `values.len()` elements and converts them to f32.
fn decode(reader: &mut impl Read, header: &Header, values: &mut [f32]) -> std::io::Result<()> {
    let size = header.element.bytes();
    let mut bytes = vec![0; CHUNK.min(values.len() * size)];
    for values in values.chunks_mut(CHUNK / size) {
        let bytes = &mut bytes[..values.len() * size];
        reader.read_exact(bytes)?;
        for (value, element) in values.iter_mut().zip(bytes.chunks_exact_mut(size)) {
            if header.big_endian {
                element.reverse();
            }
            *value = match header.element {
                Element::F32 => f32::from_le_bytes(element.try_into().unwrap_or_default()),
                Element::F64 => f64::from_le_bytes(element.try_into().unwrap_or_default()) as f32,
                Element::Byte => f32::from(element[0]),
            };
        }
    }
    Ok(())
}
