//! Small pieces of HTML. Words pass through [`xml`]; what is called markup has done so.

use crate::render::xml;

/// An element with markup inside.
pub(super) fn element(name: &str, attributes: &[(&str, &str)], markup: &str) -> String {
    let mut out = format!("<{name}");
    for (key, value) in attributes {
        out.push_str(&format!(" {key}=\"{}\"", xml(value)));
    }
    out.push_str(&format!(">{markup}</{name}>"));
    out
}

/// An element with words inside.
pub(super) fn words(name: &str, attributes: &[(&str, &str)], text: &str) -> String {
    element(name, attributes, &xml(text))
}

/// A part of the page with its heading.
pub(super) fn section(id: &str, heading: &str, markup: &str) -> String {
    let label = format!("{id}-heading");
    let heading = words("h2", &[("id", &label)], heading);
    let attributes = [("id", id), ("aria-labelledby", &label)];
    format!(
        "{}\n",
        element("section", &attributes, &format!("{heading}\n{markup}"))
    )
}

/// A picture that scrolls where the screen is too narrow for it; what it shows is said in its own `aria-label`.
///
/// `class` is `wide`, or `half` for those of which two stand side by side.
pub(super) fn figure(class: &str, svg: &str, caption: &str) -> String {
    let scroll = [
        ("class", "scroll"),
        ("tabindex", "0"),
        ("role", "group"),
        ("aria-label", caption),
    ];
    let caption = words("figcaption", &[], caption);
    format!(
        "{}\n",
        element(
            "figure",
            &[("class", class)],
            &format!("{}{caption}", element("div", &scroll, svg))
        )
    )
}

/// A list of words.
pub(super) fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|i| words("li", &[], i)).collect();
    element("ul", &[], &items)
}
