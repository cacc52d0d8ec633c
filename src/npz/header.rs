//! The header of an array: a Python dictionary with element type, order and shape.

use std::io::Read;

use super::{NpzError, shape_text};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Longest accepted header, in bytes; NumPy's own limit is 10,000.
const LONGEST: usize = 1 << 16;
/// Maximum number of dimensions, as in NumPy.
const DIMENSIONS: usize = 64;

/// Element types. All can be written, but only floats can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// Unsigned byte.
    Byte,
}

impl Element {
    /// Returns the size of one element, in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Byte => 1,
        }
    }

    fn descr(self) -> &'static str {
        match self {
            Self::F32 => "<f4",
            Self::F64 => "<f8",
            Self::Byte => "|u1",
        }
    }
}

/// Header of an array; its values follow in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Type of the elements.
    pub element: Element,
    /// True if an element's most significant byte comes first.
    pub big_endian: bool,
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
}

impl Header {
    /// Returns the number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the size of all elements, in bytes.
    pub fn bytes(&self) -> u64 {
        (self.count() * self.element.bytes()) as u64
    }

    /// Returns the header in its file format, padded so that the values begin at a multiple of 64.
    pub fn encode(&self) -> Vec<u8> {
        let (descr, shape) = (self.element.descr(), shape_text(&self.shape));
        let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        let before = MAGIC.len() + 4;
        let padded = (before + text.len() + 1).next_multiple_of(64) - before - 1;
        text.extend(std::iter::repeat_n(' ', padded - text.len()));
        text.push('\n');
        let length = u16::try_from(text.len()).expect("a shape of few dimensions is short");
        [&MAGIC[..], &[1, 0], &length.to_le_bytes(), text.as_bytes()].concat()
    }

    /// Reads a header; returns it with its length in bytes.
    ///
    /// Errors, each naming `place`: not an array, cut off, an unsupported version, type or order, or a shape whose
    /// bytes overflow.
    pub fn read(reader: &mut impl Read, place: &str) -> Result<(Self, u64), NpzError> {
        let cut_off = |_| NpzError::refused(place, "ends within its header", "it is not a whole .npy array");
        let mut start = [0; 8];
        reader.read_exact(&mut start).map_err(cut_off)?;
        if start[..6] != *MAGIC {
            return Err(NpzError::refused(place, "is not a NumPy array", "save it with numpy.save or numpy.savez"));
        }
        let length = match start[6] {
            1 => {
                let mut length = [0; 2];
                reader.read_exact(&mut length).map_err(cut_off)?;
                (u32::from(u16::from_le_bytes(length)), 10)
            }
            2 | 3 => {
                let mut length = [0; 4];
                reader.read_exact(&mut length).map_err(cut_off)?;
                (u32::from_le_bytes(length), 12)
            }
            version => {
                let problem = format!("has the format version {version}");
                return Err(NpzError::refused(place, problem, "versions 1, 2 and 3 are read"));
            }
        };
        let (length, before) = (length.0 as usize, length.1);
        if length > LONGEST {
            let problem = format!("claims a header of {length} bytes");
            return Err(NpzError::refused(place, problem, format!("at most {LONGEST} are read")));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text).map_err(cut_off)?;
        Ok((parse(&text, place)?, before + length as u64))
    }
}

fn parse(text: &[u8], place: &str) -> Result<Header, NpzError> {
    let odd = |what: String| {
        NpzError::refused(place, format!("has a header that cannot be read: {what}"), "save it with numpy.save")
    };
    let text = std::str::from_utf8(text).map_err(|_| odd("it is not text".into()))?;
    let mut parser = Parser { text, at: 0 };
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    parser.expect('{').map_err(&odd)?;
    while !parser.take('}') {
        let key = parser.string().map_err(&odd)?;
        parser.expect(':').map_err(&odd)?;
        let again = match key {
            "descr" if parser.peek() == Some('[') => {
                let problem = "has a structured element type";
                return Err(NpzError::refused(place, problem, "save one plain array of float32 or float64 a field"));
            }
            "descr" => descr.replace(parser.string().map_err(&odd)?).is_some(),
            "fortran_order" => fortran.replace(parser.boolean().map_err(&odd)?).is_some(),
            "shape" => shape.replace(parser.tuple().map_err(&odd)?).is_some(),
            other => return Err(odd(format!("unknown key `{other}`"))),
        };
        if again {
            return Err(odd(format!("key `{key}` twice")));
        }
        if !parser.take(',') && parser.peek() != Some('}') {
            return Err(odd(format!("`,` or `}}` expected at byte {}", parser.at)));
        }
    }
    if !parser.text[parser.at..].trim().is_empty() {
        return Err(odd("text after the dictionary".into()));
    }
    let missing = |key: &str| odd(format!("key `{key}` is missing"));
    let descr = descr.ok_or_else(|| missing("descr"))?;
    let shape = shape.ok_or_else(|| missing("shape"))?;
    if fortran.ok_or_else(|| missing("fortran_order"))? {
        let problem = "is stored column by column (Fortran order)";
        return Err(NpzError::refused(place, problem, "save numpy.ascontiguousarray of it"));
    }
    let (element, big_endian) = element(descr, place)?;
    let bytes = shape.iter().try_fold(element.bytes(), |bytes, length| bytes.checked_mul(*length));
    // A dimension of length 0 must not hide others whose product overflows later.
    let largest = shape.iter().try_fold(element.bytes(), |bytes, length| bytes.checked_mul((*length).max(1)));
    if bytes.and(largest).is_none_or(|bytes| bytes > isize::MAX as usize) {
        let problem = format!("claims the shape {}", shape_text(&shape));
        return Err(NpzError::refused(place, problem, "no memory holds that many values"));
    }
    Ok(Header { element, big_endian, shape })
}

/// Returns the element type of a `descr` such as `<f8`, and true if it is big-endian.
fn element(descr: &str, place: &str) -> Result<(Element, bool), NpzError> {
    let (order, kind) = match descr.as_bytes() {
        [order @ (b'<' | b'>' | b'=' | b'|'), ..] => (*order, &descr[1..]),
        _ => (b'=', descr),
    };
    let big_endian = order == b'>' || (order == b'=' && cfg!(target_endian = "big"));
    match kind {
        "f4" => Ok((Element::F32, big_endian)),
        "f8" => Ok((Element::F64, big_endian)),
        _ => {
            let problem = match kind.as_bytes().first() {
                Some(b'O') => "holds Python objects".to_string(),
                _ => format!("has elements of type `{descr}`"),
            };
            Err(NpzError::refused(place, problem, "save it with .astype(numpy.float32) or numpy.float64"))
        }
    }
}

/// Parses the few Python literals that occur in headers.
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(format!("`{wanted}` expected at byte {}", self.at)) }
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let quote = self.peek().filter(|quote| ['\'', '"'].contains(quote));
        let quote = quote.ok_or_else(|| format!("text expected at byte {}", self.at))?;
        let rest = &self.text[self.at + 1..];
        let end = rest.find(quote).ok_or_else(|| "text without an end".to_string())?;
        self.at += end + 2;
        Ok(&rest[..end])
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn boolean(&mut self) -> Result<bool, String> {
        match self.word() {
            "True" => Ok(true),
            "False" => Ok(false),
            other => Err(format!("True or False expected, found `{other}`")),
        }
    }

    fn tuple(&mut self) -> Result<Vec<usize>, String> {
        self.expect('(')?;
        let mut lengths = vec![];
        while !self.take(')') {
            if lengths.len() == DIMENSIONS {
                return Err(format!("more than {DIMENSIONS} dimensions"));
            }
            let word = self.word();
            let length = word.strip_suffix('L').unwrap_or(word); // Python 2
            lengths.push(length.parse().map_err(|_| format!("`{word}` is not the length of a dimension"))?);
            if !self.take(',') && self.peek() != Some(')') {
                return Err(format!("`,` or `)` expected at byte {}", self.at));
            }
        }
        Ok(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Header, u64), String> {
        Header::read(&mut &bytes[..], "x.npy").map_err(|error| error.to_string())
    }

    fn of_text(version: u8, text: &str) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &[version, 0]].concat();
        match version {
            1 => bytes.extend((text.len() as u16).to_le_bytes()),
            _ => bytes.extend((text.len() as u32).to_le_bytes()),
        }
        bytes.extend(text.as_bytes());
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        for shape in [vec![], vec![3], vec![2, 0, 5], vec![1000, 4096, 348]] {
            let header = Header { element: Element::F32, big_endian: false, shape };
            let bytes = header.encode();
            assert_eq!(bytes.len() % 64, 0, "values are aligned");
            assert_eq!(read(&bytes), Ok((header, bytes.len() as u64)), "the same header");
        }
    }

    #[test]
    fn all_versions_and_byte_orders() {
        for version in [1, 2, 3] {
            let (header, _) = read(&of_text(version, "{'descr': '>f8', 'fortran_order': False, 'shape': (3L,), }\n"))
                .expect("a header");
            assert_eq!(header, Header { element: Element::F64, big_endian: true, shape: vec![3] }, "{version}");
        }
        let (header, _) =
            read(&of_text(1, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"f4\"}")).expect("read");
        assert_eq!((header.shape, header.element), (vec![2, 3], Element::F32), "any order of keys");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let of = |descr: &str, fortran: &str, shape: &str| {
            of_text(1, &format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"))
        };
        let long = of_text(2, &" ".repeat(LONGEST + 1));
        let mut huge = of_text(2, "{}");
        huge[8..12].fill(0xff);
        for (bytes, part) in [
            (b"PK\x03\x04 and more".to_vec(), "is not a NumPy array"),
            (MAGIC.to_vec(), "ends within its header"),
            (of("'<f8'", "False", "(3,)")[..40].to_vec(), "ends within its header"),
            ([&MAGIC[..], &[9, 0, 0, 0]].concat(), "format version 9"),
            (long, "claims a header of 65537 bytes"),
            (huge, "claims a header of 4294967295 bytes"),
            (of("'|O'", "False", "(3,)"), "holds Python objects"),
            (of("'<i8'", "False", "(3,)"), "elements of type `<i8`"),
            (of("'<f2'", "False", "(3,)"), "astype"),
            (of("[('a', '<f8')]", "False", "(3,)"), "structured"),
            (of("'<f8'", "True", "(3, 2)"), "ascontiguousarray"),
            (of("'<f8'", "Maybe", "(3,)"), "True or False expected"),
            (of("'<f8'", "False", "(3, -1)"), "not the length of a dimension"),
            (of("'<f8'", "False", "(99999999999, 99999999999)"), "no memory holds"),
            (of("'<f8'", "False", "(0, 99999999999, 99999999999)"), "no memory holds"),
            (of("'<f8'", "False", &format!("({})", "1,".repeat(65))), "more than 64 dimensions"),
            (of("'<f8'", "False", "((((((3"), "not the length"),
            (of_text(1, "{'descr': '<f8', 'descr': '<f8'}"), "`descr` twice"),
            (of_text(1, "{'descr': '<f8', 'shape': (3,)}"), "`fortran_order` is missing"),
            (of_text(1, "{'colour': 3}"), "unknown key `colour`"),
            (of_text(1, "{'descr': '<f8"), "without an end"),
            (of_text(1, "{'descr' '<f8'}"), "`:` expected"),
            (of_text(1, "{'descr': '<f8' 'shape'}"), "`,` or `}`"),
            (of_text(1, "[]"), "`{` expected"),
        ] {
            let message = read(&bytes).expect_err(part);
            assert!(message.contains(part) && message.starts_with("x.npy: "), "{part}: {message}");
        }
    }
}
