//! The one place where words of strangers are quoted for DOT.

/// Quotes text as a DOT string: backslashes and quotes escaped, line ends as `\n`, other controls and what would turn the
/// reading direction left out.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
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
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_quoted_parses_again(text in "\\PC{0,40}|[\"\\\\\n\r\t<>{}|]{0,12}") {
            let source = format!("digraph {{ {} [label={}] }}", quote(&format!("id{text}")), quote(&text));
            proptest::prop_assert!(graphviz_rust::parse(&source).is_ok(), "{source}");
        }
    }
}
