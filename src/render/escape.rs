//! The one place where words of strangers are quoted, with a function for each language that is written.
//!
//! All of them drop what would turn the reading direction, and make blanks of control characters.

/// Characters that turn the reading direction of what follows them.
fn is_turning(c: char) -> bool {
    matches!(
        c,
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Quotes text as a DOT string: backslashes and quotes escaped, line ends as `\n`, other controls and what would turn the
/// reading direction left out.
///
/// Graphviz reads entities such as `&lt;` in labels, so that ampersands are written as entities too.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("\\n"),
            c if is_turning(c) => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Writes text for HTML, SVG and GraphML, in elements and in quoted attributes alike.
#[must_use]
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if is_turning(c) => {}
            // XML 1.0 has no way to write these two.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Writes text as a quoted Mermaid label: whatever is not a letter, a digit or plain punctuation becomes an entity.
#[must_use]
pub fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br/>"),
            c if is_turning(c) => {}
            c if c.is_control() => out.push(' '),
            c if c.is_alphanumeric() || " .,-_()/%+".contains(c) => out.push(c),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Makes JSON safe inside a `<script>` element: nothing in it can end the element or open a comment, and what would turn the
/// reading direction is left out.
///
/// `<`, `>` and `&` stand in strings only, where the escape means the same.
#[must_use]
pub fn json_in_html(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c if is_turning(c) => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_stay_inside_their_quotes() {
        assert_eq!(quote("a b"), "\"a b\"");
        assert_eq!(quote("he said \"x\""), "\"he said \\\"x\\\"\"");
        assert_eq!(quote("tail\\"), "\"tail\\\\\"");
        assert_eq!(quote("a];x[label=pwn"), "\"a];x[label=pwn\"");
        assert_eq!(quote("two\nlines\u{202e}"), "\"two\\nlines\"");
        assert_eq!(quote("&lt;b&gt;"), "\"&amp;lt;b&amp;gt;\"");
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            xml("<a href='x'>&\"\u{0}\u{202e}"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot; "
        );
        assert_eq!(mermaid("a\"]; b\n"), "\"a#34;#93;#59; b<br/>\"");
        assert_eq!(
            json_in_html("{\"a\":\"</script><!--\"}"),
            "{\"a\":\"\\u003c/script\\u003e\\u003c!--\"}"
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_quoted_parses_again(text in "\\PC{0,40}|[\"\\\\\n\r\t<>{}|]{0,12}") {
            let source = format!("digraph {{ {} [label={}] }}", quote(&format!("id{text}")), quote(&text));
            proptest::prop_assert!(graphviz_rust::parse(&source).is_ok(), "{source}");
        }

        #[test]
        fn whatever_is_written_as_xml_is_read_as_text(text in "\\PC{0,40}|[<>&'\"\n\t]{0,12}") {
            let source = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><text a=\"{0}\">{0}</text></svg>", xml(&text));
            let read = resvg::usvg::roxmltree::Document::parse(&source);
            proptest::prop_assert!(read.is_ok(), "{source}");
        }

        #[test]
        fn json_in_html_means_the_same(text in "[ -~é中🧲\u{2028}\u{2029}]{0,40}") {
            let json = serde_json::to_string(&text).unwrap();
            let safe = json_in_html(&json);
            proptest::prop_assert!(!safe.contains('<') && !safe.contains('>'));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }

        #[test]
        fn mermaid_labels_hold_no_quote(text in "\\PC{0,40}|[\"`;\\]\n]{0,9}") {
            let label = mermaid(&text);
            let inner = &label[1..label.len() - 1];
            proptest::prop_assert!(!inner.contains('"') && !inner.contains('`') && !inner.contains(']'));
        }
    }
}
