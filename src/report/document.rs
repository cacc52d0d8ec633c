//! Document that can be written as Markdown and as HTML.

use super::Table;

/// Figure and the file that holds it.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Name of the file.
    pub file: String,
    /// Caption.
    pub caption: String,
    /// Content of the file.
    pub svg: String,
}

/// Part of a document.
#[derive(Clone, Debug)]
pub enum Block {
    /// Heading of level 1 to 3.
    Heading(usize, String),
    /// Paragraph.
    Paragraph(String),
    /// Formula, as it is typed.
    Formula(String),
    /// Table with a header.
    Table(Table),
    /// Figure.
    Figure(Figure),
}

/// Blocks from top to bottom.
#[derive(Clone, Debug, Default)]
pub struct Document(pub Vec<Block>);

impl Document {
    /// Returns all figures, in order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.0.iter().filter_map(|block| match block {
            Block::Figure(figure) => Some(figure),
            _ => None,
        })
    }

    /// Returns the document as Markdown; figures are files beside it.
    pub fn markdown(&self) -> String {
        let block = |block: &Block| match block {
            Block::Heading(level, text) => format!("{} {}\n", "#".repeat(*level), markdown(text)),
            Block::Paragraph(text) => format!("{}\n", markdown(text)),
            Block::Formula(text) => format!("    {}\n", one_line(text)),
            Block::Table(table) => markdown_table(table),
            Block::Figure(figure) => format!("![{}]({})\n", markdown(&figure.caption), figure.file),
        };
        self.0.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    /// Returns the document as one HTML file with the figures in it.
    pub fn html(&self) -> String {
        let title = self.0.iter().find_map(|block| match block {
            Block::Heading(1, text) => Some(escape(text)),
            _ => None,
        });
        let body: String = self.0.iter().map(html_block).collect();
        let title = title.unwrap_or_default();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
        )
    }
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}\
table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}\
th,td{padding:.25rem .8rem;border-bottom:1px solid #ccc;text-align:left;white-space:nowrap}\
th{white-space:normal;vertical-align:bottom}\
@media(max-width:40rem){th,td{padding:.25rem .4rem;white-space:normal}}\
td.number{text-align:right;font-variant-numeric:tabular-nums}\
figure{margin:1.5rem 0}figure svg{max-width:100%;height:auto}figcaption{color:#444}\
pre{background:#f4f4f4;padding:.6rem 1rem;overflow-x:auto}";

fn html_block(block: &Block) -> String {
    match block {
        Block::Heading(level, text) => format!("<h{level}>{}</h{level}>\n", escape(text)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", escape(text)),
        Block::Formula(text) => format!("<pre>{}</pre>\n", escape(text)),
        Block::Table(table) => html_table(table),
        Block::Figure(figure) => {
            format!(
                "<figure>\n{}\n<figcaption>{}</figcaption>\n</figure>\n",
                figure.svg.trim(),
                escape(&figure.caption)
            )
        }
    }
}

fn markdown_table(table: &Table) -> String {
    let row = |cells: &[String]| {
        let cells: Vec<_> = cells.iter().map(|cell| markdown(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = table.header().iter().map(|_| "---").collect::<Vec<_>>().join(" | ");
    let rows: String = table.rows().iter().map(|cells| row(cells)).collect();
    format!("{}| {rule} |\n{rows}", row(table.header()))
}

fn html_table(table: &Table) -> String {
    let head: String = table.header().iter().map(|cell| format!("<th>{}</th>", escape(cell))).collect();
    let cell = |text: &String| {
        let class = if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') { " class=\"number\"" } else { "" };
        format!("<td{class}>{}</td>", escape(text))
    };
    let row = |cells: &Vec<String>| format!("<tr>{}</tr>\n", cells.iter().map(cell).collect::<String>());
    let rows: String = table.rows().iter().map(row).collect();
    format!("<table>\n<tr>{head}</tr>\n{rows}</table>\n")
}

/// Writes a text on one line, because names may hold line breaks.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Escapes a text for Markdown, on one line. An underscore within a word needs no escape.
fn markdown(text: &str) -> String {
    let text = one_line(text);
    let mut written = String::new();
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let within = |near: Option<char>| near.is_some_and(char::is_alphanumeric);
        match letter {
            '&' | '<' | '>' => written += &escape(letter.encode_utf8(&mut [0; 4])),
            '_' if within(before) && within(letters.peek().copied()) => written.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' => written.extend(['\\', letter]),
            letter => written.push(letter),
        }
        before = Some(letter);
    }
    written
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_markup_stay_names() {
        let name = "a|<b>\n**c** [d](e) `f` g_h _i_ \\ &";
        let mut table = Table::new(["entry", "value"]);
        table.row([name, "1"]);
        let figure = Figure { file: "f.svg".into(), caption: name.into(), svg: String::new() };
        let document = Document(vec![
            Block::Heading(1, name.into()),
            Block::Paragraph(name.into()),
            Block::Table(table),
            Block::Figure(figure),
        ]);
        let shown = r"a\|&lt;b&gt; \*\*c\*\* \[d\](e) \`f\` g_h \_i\_ \\ &amp;";
        let expected =
            format!("# {shown}\n\n{shown}\n\n| entry | value |\n| --- | --- |\n| {shown} | 1 |\n\n![{shown}](f.svg)\n");
        assert_eq!(document.markdown(), expected, "one line each, nothing but text");
    }
}
