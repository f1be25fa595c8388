//! Words of strangers made fit to print, and "did you mean".

/// Whether a character steers a terminal, reorders text, breaks lines, or takes no room.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// Replaces characters that would steer a terminal or hide text: controls and bidirectional overrides.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns the known word that a mistaken one most likely stands for.
pub fn suggest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 200;
    if wrong.len() > LONGEST {
        return None;
    }
    let folded = wrong.to_lowercase().replace(['_', ' '], "-");
    let mut best: Option<(f64, &str)> = None;
    for word in known {
        let candidate = word.to_lowercase().replace(['_', ' '], "-");
        let mut score = strsim::normalized_damerau_levenshtein(&folded, &candidate);
        let contained = folded.len() >= 4
            && (candidate.contains(&folded) || folded.contains(&candidate) && candidate.len() >= 4);
        if contained {
            score = score.max(0.6);
        }
        let threshold = if folded.len() <= 3 { 0.66 } else { 0.6 };
        let better = best.is_none_or(|(s, w)| score > s || (score >= s && word < w));
        if score >= threshold && better {
            best = Some((score, word));
        }
    }
    best.map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_forgive_case_typos_and_underscores() {
        let known = [
            "gallium",
            "gallium-7n",
            "ndfeb-magnet",
            "germanium",
            "humanoid-robot",
        ];
        assert_eq!(suggest("galium", known), Some("gallium"));
        assert_eq!(suggest("NdFeB_magnet", known), Some("ndfeb-magnet"));
        assert_eq!(suggest("robot", known), Some("humanoid-robot"));
        assert_eq!(suggest("xyz", known), None);
        assert_eq!(suggest(&"a".repeat(1000), known), None);
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert_eq!(printable("Côte d'Ivoire"), "Côte d'Ivoire");
    }
}
