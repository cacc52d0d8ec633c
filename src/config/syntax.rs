//! The subset of RON that a configuration uses, read into a tree that knows the place of every value.
//!
//! ron itself reports where it stopped reading, which is not where an out-of-range value is; and `--set` needs to
//! replace a value by one that came from the command line. The tree serves both; `ron` still does the conversion to
//! Rust.

/// A piece of one of the sources (the file, or an argument of `--set`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Index of the source.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// From the first to the last byte of the value.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// A value: `256`, `Auto`, `(1, 2)`, `Name(field: value)` and so on.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A number, a bare name, a string: as written.
    Scalar(String),
    /// `(1.0, 2.0)`, `Some(5)`, and the empty `()`.
    Tuple(Option<String>, Vec<Node>),
    /// `(a: 1)`, `Name(a: 1)`.
    Fields(Option<String>, Vec<Entry>),
    /// `[a, b]`.
    List(Vec<Node>),
}

/// One `key: value`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key.
    pub key: String,
    /// Place of the key.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Error in the text, with its place and a hint.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub span: Span,
    pub message: String,
    pub label: String,
    /// A second place that matters, such as the parenthesis that was never closed.
    pub related: Option<(Span, String)>,
}

/// Parses one value that fills `text` from byte `start` on.
pub(crate) fn parse(source: usize, text: &str, start: usize) -> Result<Node, SyntaxError> {
    let mut parser = Parser { source, text, at: start, depth: 0 };
    parser.skip_attributes()?;
    let node = parser.value()?;
    parser.skip_blank()?;
    if parser.at < text.len() {
        let span = parser.here();
        return Err(parser.error(span, "text after the end of the configuration", "expected nothing more"));
    }
    Ok(node)
}

struct Parser<'a> {
    source: usize,
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Deepest nesting of parentheses and brackets that is read; a configuration needs six.
const MAX_DEPTH: usize = 32;

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Returns the span of the next character, empty at the end of the text.
    fn here(&self) -> Span {
        self.span(self.at, self.at + self.peek().map_or(0, char::len_utf8))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { source: self.source, start, end }
    }

    fn error(&self, span: Span, message: &str, label: &str) -> SyntaxError {
        SyntaxError { span, message: message.into(), label: label.into(), related: None }
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Skips white space, `// ...` and nested `/* ... */`.
    fn skip_blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            let start = self.at + blank;
            self.at = start;
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.skip_block_comment(start)?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block_comment(&mut self, start: usize) -> Result<(), SyntaxError> {
        let mut depth = 0;
        loop {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else if let Some(other) = self.peek() {
                self.at += other.len_utf8();
            } else {
                return Err(self.error(self.span(start, start + 2), "comment without an end", "expected a later `*/`"));
            }
        }
    }

    /// Skips `#![enable(...)]`: every extension that could matter is on anyway.
    fn skip_attributes(&mut self) -> Result<(), SyntaxError> {
        self.skip_blank()?;
        while self.rest().starts_with("#![") {
            match self.rest().find(']') {
                Some(end) => self.at += end + 1,
                None => return Err(self.error(self.here(), "attribute without an end", "expected a later `]`")),
            }
            self.skip_blank()?;
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Node, SyntaxError> {
        self.skip_blank()?;
        let start = self.at;
        let scalar = self.scalar()?;
        let name_end = self.at;
        self.skip_blank()?;
        let is_name = scalar.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
        if self.peek() == Some('(') && (scalar.is_empty() || is_name) {
            let value = self.group((!scalar.is_empty()).then_some(scalar))?;
            return Ok(Node { span: self.span(start, self.at), value });
        }
        if self.peek() == Some('[') && scalar.is_empty() {
            let value = self.list()?;
            return Ok(Node { span: self.span(start, self.at), value });
        }
        self.at = name_end;
        if scalar.is_empty() {
            let label = match self.peek() {
                Some('{') => "maps have no place here; sections are written (name: value, ...)",
                Some(_) => "expected a number, a name or `(`",
                None => "the text ends here; expected a number, a name or `(`",
            };
            return Err(self.error(self.here(), "expected a value", label));
        }
        Ok(Node { span: self.span(start, name_end), value: Value::Scalar(scalar) })
    }

    /// Parses a number, name or string, and returns it as written; empty if there is none.
    fn scalar(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        if self.eat('"') {
            while !self.eat('"') {
                if matches!(self.peek(), None | Some('\n')) {
                    return Err(self.error(
                        self.span(start, start + 1),
                        "string without an end",
                        "expected a later `\"`",
                    ));
                }
                // A character after a backslash does not end the string.
                self.eat('\\');
                self.at += self.peek().map_or(0, char::len_utf8);
            }
        } else {
            let rest = self.rest();
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-' | '#' | '\'');
            self.at += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        }
        Ok(self.text[start..self.at].to_string())
    }

    /// Parses what follows a `(`: fields if the first item has a colon, else plain values.
    fn group(&mut self, name: Option<String>) -> Result<Value, SyntaxError> {
        let open = self.open()?;
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        loop {
            self.skip_blank()?;
            if self.eat(')') {
                self.depth -= 1;
                break;
            }
            if self.peek().is_none() {
                return Err(self.unclosed(open, ')'));
            }
            let item = self.value()?;
            self.skip_blank()?;
            if self.eat(':') && items.is_empty() {
                entries.push(self.entry(item)?);
            } else if self.peek() == Some('=') {
                return Err(self.error(self.here(), "expected `:`", "a field and its value are joined by `:`"));
            } else if entries.is_empty() {
                items.push(item);
            } else {
                return Err(self.error(item.span, "expected `name: value`", "expected `:` after the name"));
            }
            self.separator(open, ')')?;
        }
        Ok(if entries.is_empty() { Value::Tuple(name, items) } else { Value::Fields(name, entries) })
    }

    /// Parses what follows a `[`.
    fn list(&mut self) -> Result<Value, SyntaxError> {
        let open = self.open()?;
        let mut items = Vec::new();
        loop {
            self.skip_blank()?;
            if self.eat(']') {
                self.depth -= 1;
                return Ok(Value::List(items));
            }
            if matches!(self.peek(), None | Some(')')) {
                return Err(self.unclosed(open, ']'));
            }
            items.push(self.value()?);
            self.separator(open, ']')?;
        }
    }

    /// Enters parentheses or brackets, and returns the place where they open.
    fn open(&mut self) -> Result<Span, SyntaxError> {
        let open = self.here();
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(open, "too many nested parentheses", "nested too deeply"));
        }
        Ok(open)
    }

    /// Parses the value after `key:`.
    fn entry(&mut self, key: Node) -> Result<Entry, SyntaxError> {
        match key.value {
            Value::Scalar(name) => Ok(Entry { key: name, key_span: key.span, value: self.value()? }),
            _ => Err(self.error(key.span, "expected the name of a field", "this is a value")),
        }
    }

    /// Skips a comma; accepts `close` too, but leaves it in place.
    fn separator(&mut self, open: Span, close: char) -> Result<(), SyntaxError> {
        self.skip_blank()?;
        match self.peek() {
            Some(',') => {
                self.at += 1;
                Ok(())
            }
            Some(found) if found == close => Ok(()),
            None => Err(self.unclosed(open, close)),
            Some(_) => {
                let message = format!("expected `,` or `{close}`");
                Err(self.error(self.here(), &message, &format!("{message} before this")))
            }
        }
    }

    fn unclosed(&self, open: Span, close: char) -> SyntaxError {
        let inside = if close == ')' { "parentheses" } else { "brackets" };
        let what = if self.peek().is_none() { "the text ends" } else { "something else ends" };
        let mut error = self.error(self.here(), &format!("{what} inside {inside}"), &format!("expected `{close}`"));
        error.related = Some((open, "opened here".into()));
        error
    }
}
