//! Pictures as GraphML, for Gephi, yEd, Cytoscape and networkx. Words pass through [`xml`](super::escape::xml).

use super::escape::xml;
use super::picture::Picture;

/// Attributes of nodes and edges: id, whether of nodes, name, type.
const KEYS: [(&str, &str, &str, &str); 16] = [
    ("label", "node", "label", "string"),
    ("commodity", "node", "commodity", "string"),
    ("country", "node", "country", "string"),
    ("stage", "node", "stage", "string"),
    ("tier", "node", "tier", "int"),
    ("sites", "node", "sites", "int"),
    ("value", "node", "value", "double"),
    ("at_risk", "node", "at_risk", "double"),
    ("single_point", "node", "single_point_of_failure", "boolean"),
    ("product", "node", "product", "boolean"),
    ("colour", "node", "colour", "string"),
    ("weight", "edge", "weight", "double"),
    ("share", "edge", "share", "double"),
    ("round_trip", "edge", "round_trip", "boolean"),
    ("title", "graph", "title", "string"),
    ("left_out", "graph", "left_out", "string"),
];

fn data(out: &mut String, key: &str, value: &str) {
    out.push_str(&format!("<data key=\"{key}\">{}</data>", xml(value)));
}

/// Writes a picture as GraphML.
#[must_use]
pub fn graphml(picture: &Picture) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    for (id, of, name, kind) in KEYS {
        out.push_str(&format!(
            "<key id=\"{id}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>\n"
        ));
    }
    out.push_str("<graph edgedefault=\"directed\">\n");
    data(&mut out, "title", &picture.title);
    data(&mut out, "left_out", &picture.left_out);
    out.push('\n');
    for place in &picture.places {
        out.push_str(&format!("<node id=\"{}\">", xml(&place.id)));
        data(&mut out, "label", place.name.as_ref().unwrap_or(&place.id));
        data(
            &mut out,
            "commodity",
            place.commodity_id.as_ref().unwrap_or(&place.commodity),
        );
        data(&mut out, "country", &place.location.to_string());
        data(&mut out, "stage", place.stage.word());
        if let Some(tier) = place.tier {
            data(&mut out, "tier", &tier.to_string());
        }
        data(&mut out, "sites", &place.sites.to_string());
        data(&mut out, "value", &place.value.to_string());
        data(&mut out, "at_risk", &place.at_risk.to_string());
        data(&mut out, "single_point", &place.single_point.to_string());
        data(&mut out, "product", &place.is_product.to_string());
        data(&mut out, "colour", place.colour(picture));
        out.push_str("</node>\n");
    }
    for flow in &picture.flows {
        let (from, to) = (&picture.places[flow.from].id, &picture.places[flow.to].id);
        out.push_str(&format!(
            "<edge source=\"{}\" target=\"{}\">",
            xml(from),
            xml(to)
        ));
        data(&mut out, "weight", &flow.value.to_string());
        data(&mut out, "share", &flow.share.to_string());
        data(&mut out, "round_trip", &flow.round_trip.to_string());
        out.push_str("</edge>\n");
    }
    out.push_str("</graph>\n</graphml>\n");
    out
}
