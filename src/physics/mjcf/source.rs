//! Text of a robot: one file, and those that it includes.
//!
//! As in MuJoCo, `<include file="..."/>` stands for the children of the other file's root, and paths are relative to
//! the folder of the first file. A file can be included once, so includes cannot form a cycle. Files outside that
//! folder are refused, including those reached through links.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use roxmltree::{Document, Node, ParsingOptions, TextPos};

use super::{
    error::{Collector, MjcfError, Refusals},
    limits,
    shown::shown,
    unread::Unread,
};
use crate::files::input;

/// Text of a file.
pub(super) struct Text {
    /// Name of the file in messages.
    name: String,
    xml: String,
    /// Number of the text that each `<include>` element stands for, by the element's byte offset.
    includes: BTreeMap<usize, usize>,
}

impl Text {
    /// Returns text that is not a file, and so includes nothing.
    pub(super) fn alone(name: &str, xml: &str) -> Result<Vec<Self>, MjcfError> {
        let text = Self { name: name.into(), xml: xml.into(), includes: BTreeMap::new() };
        if xml.len() > limits::BYTES {
            return Err(too_long(name));
        }
        limits::check_text(name, xml)?;
        Ok(vec![text])
    }

    /// Reads a file and all files that it includes.
    pub(super) fn read(path: &Path) -> Result<Vec<Self>, MjcfError> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            MjcfError::of_file(&name, format!("cannot be read: {error}"), "give the path of a robot file".into())
        };
        let place = path.canonicalize().map_err(unreadable)?;
        let first = input::text(&place, limits::BYTES).map_err(unreadable)?.ok_or_else(|| too_long(&name))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let root = place.parent().unwrap_or(&place).to_path_buf();
        let mut reader = Reader { folder, root, seen: vec![place], bytes: first.len() };
        let mut texts = vec![Self { name, xml: first, includes: BTreeMap::new() }];
        let mut next = 0;
        while next < texts.len() {
            let found = reader.includes(&texts[next], texts.len())?;
            for (number, (offset, text)) in (texts.len()..).zip(found) {
                texts[next].includes.insert(offset, number);
                texts.push(text);
            }
            next += 1;
        }
        Ok(texts)
    }
}

/// State of following the includes of one robot.
struct Reader<'p> {
    /// Folder of the first file, as given.
    folder: &'p Path,
    /// Canonical path of that folder.
    root: PathBuf,
    /// Canonical paths of the files read so far.
    seen: Vec<PathBuf>,
    bytes: usize,
}

impl Reader<'_> {
    /// Returns the files that a text includes, each with the byte offset of its element. `count` texts have been read
    /// so far.
    fn includes(&mut self, text: &Text, count: usize) -> Result<Vec<(usize, Text)>, MjcfError> {
        limits::check_text(&text.name, &text.xml)?;
        let document = parse(&text.name, &text.xml)?;
        let mut found = vec![];
        for node in document.descendants().filter(is_include) {
            let refuse = |problem: String, advice: &str| MjcfError::at(&text.name, node, Some("file"), problem, advice);
            if count + found.len() >= limits::FILES {
                return Err(refuse(format!("is one file too many: {} are read", limits::FILES), "put them together"));
            }
            let (name, path) = self.locate(node, &refuse)?;
            let left = limits::BYTES - self.bytes;
            let advice = "paths are relative to the folder of the first file";
            let unreadable = |error| refuse(format!("`{name}` cannot be read: {error}"), advice);
            let xml = input::text(&path, left).map_err(unreadable)?.ok_or_else(|| {
                refuse(format!("`{name}` is too long"), "all files of a robot together may have 16 MiB")
            })?;
            self.bytes += xml.len();
            self.seen.push(path);
            found.push((node.range().start, Text { name, xml, includes: BTreeMap::new() }));
        }
        Ok(found)
    }

    /// Returns the name and canonical path of an included file.
    fn locate(&self, node: Node, refuse: &dyn Fn(String, &str) -> MjcfError) -> Result<(String, PathBuf), MjcfError> {
        const INSIDE: &str = "give a path inside the folder of the first file, without `..`";
        if let Some(other) = node.attributes().find(|attribute| attribute.name() != "file") {
            return Err(refuse(format!("has the attribute `{}`", shown(other.name())), "it takes only `file`"));
        }
        let file = node.attribute("file").unwrap_or_default();
        let relative = Path::new(file);
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if file.is_empty() || !inside {
            return Err(refuse(format!("`{}` names no file inside the robot's folder", shown(file)), INSIDE));
        }
        let name = self.folder.join(relative);
        let unreadable =
            |error| refuse(format!("`{}` cannot be read: {error}", shown(&name.display().to_string())), INSIDE);
        let path = self.root.join(relative).canonicalize().map_err(unreadable)?;
        if !path.starts_with(&self.root) {
            return Err(refuse(format!("`{}` is a link that leaves the robot's folder", shown(file)), INSIDE));
        }
        if self.seen.contains(&path) {
            return Err(refuse(format!("`{}` is read already", shown(file)), "a file can be included once"));
        }
        Ok((name.display().to_string(), path))
    }
}

/// Escapes the value of an attribute for XML.
fn escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn is_include(node: &Node) -> bool {
    node.is_element() && node.tag_name().name() == "include"
}

fn too_long(name: &str) -> MjcfError {
    MjcfError::of_file(name, "has more than 16 MiB".into(), "no robot needs as much: is it the right file?".into())
}

fn parse<'a>(name: &str, xml: &'a str) -> Result<Document<'a>, MjcfError> {
    Document::parse_with_options(xml, ParsingOptions { allow_dtd: false, ..ParsingOptions::default() }).map_err(
        |error| {
            let (mut place, advice) = (error.pos(), "mend the text at this place".into());
            if matches!(error, roxmltree::Error::UnexpectedEndOfStream) {
                place = end_of(xml); // the library reports the beginning
            }
            let problem = format!("not well-formed XML: {}", shown(&error.to_string()));
            MjcfError { line: place.row, column: place.col, ..MjcfError::of_file(name, problem, advice) }
        },
    )
}

/// Returns the position of the end of a text.
fn end_of(xml: &str) -> TextPos {
    let last = xml.rsplit('\n').next().unwrap_or_default();
    TextPos::new(xml.matches('\n').count() as u32 + 1, last.chars().count() as u32 + 1)
}

/// Parsed files of a robot.
pub(super) struct Sources<'a> {
    texts: &'a [Text],
    documents: Vec<Document<'a>>,
    /// Byte offsets of the line ends of each text.
    lines: Vec<Vec<usize>>,
    refusals: RefCell<Collector>,
    unread: RefCell<Unread>,
}

impl<'a> Sources<'a> {
    /// Parses the texts of a robot.
    ///
    /// Errors: text that is not XML, an `<include>` in text that is not a file, an included file with another root.
    pub(super) fn new(texts: &'a [Text]) -> Result<Self, MjcfError> {
        let documents: Vec<_> = texts.iter().map(|text| parse(&text.name, &text.xml)).collect::<Result<_, _>>()?;
        for (text, document) in texts.iter().zip(&documents) {
            let lost = |node: &Node| is_include(node) && !text.includes.contains_key(&node.range().start);
            if let Some(node) = document.descendants().find(lost) {
                let problem = "stands in text that is no file".into();
                return Err(MjcfError::at(&text.name, node, None, problem, "save the robot as a file"));
            }
        }
        for (text, document) in texts.iter().zip(&documents).skip(1) {
            let root = document.root_element();
            if !matches!(root.tag_name().name(), "mujoco" | "mujocoinclude") {
                let advice = "the root of an included file is <mujoco> or <mujocoinclude>";
                return Err(MjcfError::at(&text.name, root, None, "cannot be the root".into(), advice));
            }
        }
        let ends =
            |text: &Text| text.xml.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(end, _)| end).collect();
        let lines = texts.iter().map(ends).collect();
        Ok(Self { texts, documents, lines, refusals: RefCell::default(), unread: RefCell::default() })
    }

    /// Records a refusal of a node, or of its attribute `name`, which may be missing.
    pub(super) fn refuse(&self, node: Node, name: Option<&str>, (problem, advice): (String, String), last: bool) {
        let attribute = name.and_then(|name| node.attribute_node(name));
        let offset = attribute.map_or(node.range().start, |attribute| attribute.range().start);
        let place = (self.number(node), offset, Box::from(name.unwrap_or(&problem)));
        let mut refusals = self.refusals.borrow_mut();
        refusals.add(place, last, || {
            let (line, column) = self.position(self.number(node), offset);
            MjcfError {
                line,
                column,
                element: shown(node.tag_name().name()).into(),
                attribute: name.map(|name| shown(name).into()),
                ..MjcfError::of_file(self.name(node), problem, advice)
            }
        });
    }

    /// Returns the line and column of an offset in a file, from 1.
    fn position(&self, file: usize, offset: usize) -> (u32, u32) {
        let before = self.lines[file].partition_point(|end| *end < offset);
        let start = before.checked_sub(1).map_or(0, |line| self.lines[file][line] + 1);
        (before as u32 + 1, self.texts[file].xml[start..offset].chars().count() as u32 + 1)
    }

    /// Returns the number of refusals so far, including repeated ones.
    pub(super) fn refused(&self) -> usize {
        self.refusals.borrow().times
    }

    /// Records an element or an attribute that is skipped.
    pub(super) fn skip(&self, node: Node, attribute: Option<&str>, effect: Option<&'static str>) {
        self.unread.borrow_mut().add(node.tag_name().name(), attribute, effect);
    }

    /// Returns the skipped items, or the refusals if there are any.
    pub(super) fn finish(&self) -> Result<Unread, Refusals> {
        self.refusals.take().finish()?;
        Ok(self.unread.take())
    }

    /// Returns the root of the first file.
    pub(super) fn root(&self) -> Node<'_, 'a> {
        self.documents[0].root_element()
    }

    /// Returns the name of the file that contains a node.
    pub(super) fn name(&self, node: Node) -> &'a str {
        &self.texts[self.number(node)].name
    }

    /// Returns the line that a node starts on, from 1.
    pub(super) fn line(&self, node: Node) -> u32 {
        self.lines[self.number(node)].partition_point(|end| *end < node.range().start) as u32 + 1
    }

    /// Returns the number of the file that contains a node, in the order of reading.
    pub(super) fn number(&self, node: Node) -> usize {
        self.documents.iter().position(|document| std::ptr::eq(document, node.document())).unwrap_or(0)
    }

    /// Returns the robot as one text: a single file unchanged, or all of them with the included ones in place.
    pub(super) fn whole(&'a self) -> String {
        let mut text = String::new();
        match self.texts {
            [one] => text.push_str(&one.xml),
            _ => self.write(self.documents[0].root_element(), 0, &mut text),
        }
        text
    }

    /// Writes an element and its children. MJCF has no text between elements.
    fn write(&'a self, node: Node<'a, 'a>, depth: usize, text: &mut String) {
        let blank = "  ".repeat(depth);
        let tag = node.tag_name().name();
        *text += &format!("{blank}<{tag}");
        for attribute in node.attributes() {
            *text += &format!(" {}=\"{}\"", attribute.name(), escaped(attribute.value()));
        }
        let children = self.children(node);
        if children.is_empty() {
            *text += "/>\n";
            return;
        }
        *text += ">\n";
        children.into_iter().for_each(|child| self.write(child, depth + 1, text));
        *text += &format!("{blank}</{tag}>\n");
    }

    /// Returns the child elements of a node. Those of an included file replace its `<include>`.
    pub(super) fn children(&'a self, node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
        let mut children = vec![];
        for child in node.children().filter(Node::is_element) {
            match self.texts[self.number(child)].includes.get(&child.range().start).filter(|_| is_include(&child)) {
                Some(other) => children.extend(self.children(self.documents[*other].root_element())),
                None => children.push(child),
            }
        }
        children
    }
}
