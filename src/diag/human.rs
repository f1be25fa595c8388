//! Diagnostics drawn for people, in rustc's style.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity, Sources, Span, printable};

/// Whether the drawing may use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// ANSI colour.
    Colour,
}

/// Longest line that is handed on whole, in bytes; longer ones are cut around the place beforehand.
const LONGEST_LINE: usize = 4_000;
/// How much is left of a line that is cut.
const LONGEST_CUT: usize = 160;

/// One line of a file, cut to a size that can be shown, with the place inside it.
struct Excerpt {
    line: usize,
    text: String,
    start: usize,
    end: usize,
    /// Whether the text begins inside the line, so that columns counted in it are not those of the file.
    cut: bool,
}

fn boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn excerpt(span: Span, sources: &Sources) -> Excerpt {
    let text = sources.text(span.file);
    let start = boundary(text, span.start as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line_end = boundary(
        text,
        line_end - usize::from(text[..line_end].ends_with('\r') && line_end > start),
    );
    let end = boundary(text, (span.end as usize).clamp(start, line_end));
    let fits = line_end - line_start.min(line_end) <= LONGEST_LINE;
    let from = if fits {
        line_start
    } else {
        boundary(text, line_start.max(start.saturating_sub(LONGEST_CUT / 2)))
    };
    let to = if fits {
        line_end
    } else {
        boundary(text, line_end.min(from + LONGEST_CUT))
    };
    Excerpt {
        line: sources.position(span).line,
        text: text[from..to.max(start)].to_owned(),
        start: start - from,
        end: end.min(to.max(start)) - from,
        cut: from > line_start,
    }
}

/// What there is to say of a cell that cannot be shown.
fn cell_and_label(span: Span, label: &str, sources: &Sources) -> String {
    let cell = sources.cell_in_words(span).unwrap_or_default();
    let parted = if cell.is_empty() || label.is_empty() {
        ""
    } else {
        ": "
    };
    format!("{cell}{parted}{label}")
}

/// Draws one diagnostic with its source line.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources, paint: Paint) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.word());
    let places: Vec<(Span, &str, bool)> = diagnostic
        .span
        .iter()
        .map(|span| (*span, diagnostic.label.as_str(), true))
        .chain(
            diagnostic
                .others
                .iter()
                .map(|l| (l.span, l.text.as_str(), false)),
        )
        .collect();
    let mut group = annotate_snippets::Group::with_title(title);
    for (span, label, primary) in places {
        if sources.table(span.file).is_some() {
            let at = sources.position(span);
            let path = printable(sources.name(span.file));
            group = group.element(Origin::path(path).line(at.line).char_column(at.column));
            let words = cell_and_label(span, label, sources);
            if !words.is_empty() {
                group = group.element(Level::NOTE.message(printable(&words)));
            }
            continue;
        }
        let shown = excerpt(span, sources);
        let kind = if primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let mut annotation = kind.span(shown.start..shown.end);
        if !label.is_empty() {
            annotation = annotation.label(printable(label));
        }
        let path = printable(sources.name(span.file));
        let mut snippet = Snippet::source(shown.text)
            .line_start(shown.line)
            .annotation(annotation);
        if shown.cut {
            let column = sources.position(span).column;
            group = group.element(Origin::path(path).line(shown.line).char_column(column));
        } else {
            snippet = snippet.path(path);
        }
        group = group.element(snippet);
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Colour => Renderer::styled(),
    };
    let drawn = renderer.render(&[group]);
    match (diagnostic.span, drawn.split_once('\n')) {
        // Without a place there is no margin for help to keep clear of.
        (None, Some((title, rest))) if diagnostic.others.is_empty() => {
            let rest = rest.split_once('\n').map_or(rest, |(_margin, rest)| rest);
            format!("{title}\n{rest}")
        }
        _ => drawn,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Code;
    use super::*;

    fn drawn(text: &'static str, start: u32, end: u32) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let d = Diagnostic::at(
            Code::UnknownCommodity,
            Span { file, start, end },
            "no such thing",
        )
        .label("not defined")
        .help("did you mean `gallium`?");
        render(&d, &sources, Paint::Plain)
    }

    #[test]
    fn shows_the_line_and_the_place() {
        let shown = drawn("a: 1\nb: galium\n", 8, 14);
        insta::assert_snapshot!(shown, @r"
        error[unknown-commodity]: no such thing
         --> a.yaml:2:4
          |
        2 | b: galium
          |    ^^^^^^ not defined
          |
          = help: did you mean `gallium`?
        ");
    }

    #[test]
    fn odd_places_do_not_panic() {
        for (text, start, end) in [("", 0, 0), ("é", 1, 2), ("a\r\nb", 0, 99), ("x", 50, 60)] {
            assert!(drawn(text, start, end).contains("no such thing"));
        }
        let long: &'static str = Box::leak("k".repeat(100_000).into_boxed_str());
        assert!(drawn(long, 50_000, 50_010).len() < 2_000);
    }
}
