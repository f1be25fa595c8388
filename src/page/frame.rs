//! The frame of every page: policy, style, script.

use sha2::{Digest as _, Sha256};

use super::html::words;
use crate::render::xml;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Asks the server whether something changed; only in pages that `serve` gives out.
const WATCH: &str = include_str!("watch.js");

/// Where a page will be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// From a file: it asks nothing of any network.
    #[default]
    File,
    /// From `oretrace serve`: it asks that server whether the files changed.
    Served,
}

/// Base 64 of bytes, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        for at in 0..4 {
            if at <= chunk.len() {
                let index = (group >> (18 - 6 * at)) & 63;
                out.push(char::from(LETTERS[index as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

/// A whole page; `data` is a block of JSON that the script reads.
pub(super) fn page(title: &str, markup: &str, data: &str, mode: Mode) -> String {
    let (scripts, connect, watch) = match mode {
        Mode::File => (hash(SCRIPT), "'none'", String::new()),
        Mode::Served => (
            format!("{} {}", hash(SCRIPT), hash(WATCH)),
            "'self'",
            format!("<script>{WATCH}</script>\n"),
        ),
    };
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {scripts}; connect-src {connect}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE)
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <link rel=\"icon\" href=\"data:,\">\n{}\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the answer</a>\n{markup}\n{data}\n\
         <script>{SCRIPT}</script>\n{watch}</body>\n</html>\n",
        xml(&policy),
        words("title", &[], title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn nothing_of_ours_would_end_its_element() {
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
        for script in [SCRIPT, WATCH] {
            assert!(
                !script.contains("</") && !script.contains("<!--") && !script.contains("innerHTML")
            );
        }
    }
}
