//! Pictures in DOT, Graphviz's language: clusters by stage, colour, edge width by share, a legend, and what was left out.

use graphviz_rust::dot_structures::{
    Attribute, Edge, EdgeTy, Graph, Id, Node, NodeId, Stmt, Subgraph, Vertex,
};
use graphviz_rust::printer::{DotPrinter, PrinterContext};

use super::escape::quote;
use super::picture::{ColourBy, Picture, Place};
use super::style::{NOWHERE, OTHER, is_dark, risk_colour, risk_steps, stage_colour};
use crate::model::{Place as Location, Stage};
use crate::report::percent;

/// The printer writes ids as they are, so every one of them goes through [`quote`].
fn id(text: &str) -> Id {
    Id::Plain(quote(text))
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute(Id::Plain(name.to_owned()), id(value))
}

fn set(name: &str, value: &str) -> Stmt {
    Stmt::Attribute(attribute(name, value))
}

fn node_id(text: &str) -> NodeId {
    NodeId(id(text), None)
}

/// Writes a picture in DOT.
#[must_use]
pub fn dot(picture: &Picture) -> String {
    let mut stmts = vec![
        set("rankdir", "LR"),
        set("labelloc", "t"),
        set("label", &format!("{}\n{}", picture.title, picture.left_out)),
        set("fontname", "Helvetica"),
        set("ranksep", "1.2"),
        set("nodesep", "0.15"),
        Stmt::GAttribute(graphviz_rust::dot_structures::GraphAttributes::Node(vec![
            attribute("shape", "box"),
            attribute("style", "filled,rounded"),
            attribute("fontname", "Helvetica"),
            attribute("fontsize", "11"),
        ])),
        Stmt::GAttribute(graphviz_rust::dot_structures::GraphAttributes::Edge(vec![
            attribute("color", "#777777"),
            attribute("arrowsize", "0.6"),
        ])),
    ];
    for stage in Stage::ALL {
        let members: Vec<&Place> = picture.places.iter().filter(|p| p.stage == stage).collect();
        if !members.is_empty() {
            stmts.push(cluster(stage, &members, picture));
        }
    }
    for flow in &picture.flows {
        stmts.push(Stmt::Edge(edge(picture, flow)));
    }
    stmts.push(legend(picture));
    let graph = Graph::DiGraph {
        id: id(&picture.title),
        strict: false,
        stmts,
    };
    let mut text = graph.print(&mut PrinterContext::default());
    text.push('\n');
    text
}

fn cluster(stage: Stage, members: &[&Place], picture: &Picture) -> Stmt {
    let mut stmts = vec![
        set("label", stage.word()),
        set("color", "#BBBBBB"),
        set("style", "rounded"),
    ];
    stmts.extend(members.iter().map(|place| Stmt::Node(node(place, picture))));
    Stmt::Subgraph(Subgraph {
        id: Id::Plain(quote(&format!("cluster_{}", stage.word()))),
        stmts,
    })
}

fn colour(place: &Place, picture: &Picture) -> &'static str {
    match picture.colour_by {
        ColourBy::Country => picture.palette.colour(place.location),
        ColourBy::Risk => risk_colour(place.at_risk),
        ColourBy::Stage => stage_colour(place.stage),
    }
}

fn location(place: Location) -> String {
    match place {
        Location::In(country) => format!("{} ({country})", country.name()),
        Location::Rest => "rest of the world".to_owned(),
        Location::Unknown => "place not known".to_owned(),
    }
}

fn node(place: &Place, picture: &Picture) -> Node {
    let fill = colour(place, picture);
    let named = !place.id.contains('@');
    let name = if named {
        format!("{}\n", place.id)
    } else {
        String::new()
    };
    let label = format!("{name}{}\n{}", place.commodity, location(place.location));
    let tooltip = format!(
        "{}: {} of the value passes through it; losing it stops {} without rerouting",
        place.id,
        percent(place.value.min(1.0)),
        percent(place.at_risk)
    );
    let mut attributes = vec![
        attribute("label", &label),
        attribute("tooltip", &tooltip),
        attribute("fillcolor", fill),
        attribute(
            "fontcolor",
            if is_dark(fill) { "#FFFFFF" } else { "#000000" },
        ),
    ];
    if place.single_point {
        attributes.push(attribute("peripheries", "2"));
        attributes.push(attribute("color", "#D55E00"));
    }
    if place.is_product {
        attributes.push(attribute("penwidth", "2.5"));
    }
    Node {
        id: node_id(&place.id),
        attributes,
    }
}

/// Width in points of a flow: from a hair to thick, by its share of the product's value.
fn width(value: f64) -> f64 {
    const THINNEST: f64 = 0.4;
    const THICKEST: f64 = 9.0;
    THINNEST + (THICKEST - THINNEST) * value.clamp(0.0, 1.0).sqrt()
}

fn edge(picture: &Picture, flow: &super::picture::Flow) -> Edge {
    let (from, to) = (&picture.places[flow.from], &picture.places[flow.to]);
    let tooltip = format!(
        "{} to {}: {} of the value",
        from.id,
        to.id,
        percent(flow.value.min(1.0))
    );
    Edge {
        ty: EdgeTy::Pair(Vertex::N(node_id(&from.id)), Vertex::N(node_id(&to.id))),
        attributes: vec![
            attribute("penwidth", &format!("{:.2}", width(flow.value))),
            attribute("tooltip", &tooltip),
        ],
    }
}

fn legend(picture: &Picture) -> Stmt {
    let mut lines: Vec<(String, &str)> = match picture.colour_by {
        ColourBy::Country => {
            let mut lines: Vec<(String, &str)> = picture
                .palette
                .entries()
                .map(|(c, colour)| (format!("{} ({c})", c.name()), colour))
                .collect();
            lines.push(("other countries".to_owned(), OTHER));
            lines
        }
        ColourBy::Risk => risk_steps()
            .map(|(step, colour)| (format!("{:.0} % lost with it", step * 100.0), colour))
            .collect(),
        ColourBy::Stage => Stage::ALL
            .iter()
            .map(|s| (s.word().to_owned(), stage_colour(*s)))
            .collect(),
    };
    if picture.colour_by == ColourBy::Country {
        lines.push(("rest of the world, or not known".to_owned(), NOWHERE));
    }
    let mut stmts = vec![
        set("label", "legend"),
        set("color", "#BBBBBB"),
        set("style", "rounded"),
    ];
    for (at, (text, fill)) in lines.iter().enumerate() {
        stmts.push(Stmt::Node(Node {
            id: node_id(&format!("legend {at}")),
            attributes: vec![
                attribute("label", text),
                attribute("fillcolor", fill),
                attribute(
                    "fontcolor",
                    if is_dark(fill) { "#FFFFFF" } else { "#000000" },
                ),
            ],
        }));
    }
    let marks = "arrows run from supplier to buyer, wider for more of the value\nthick border: the product; double border: single point of failure";
    stmts.push(Stmt::Node(Node {
        id: node_id("legend marks"),
        attributes: vec![
            attribute("label", marks),
            attribute("shape", "plaintext"),
            attribute("fillcolor", "#FFFFFF"),
        ],
    }));
    Stmt::Subgraph(Subgraph {
        id: Id::Plain(quote("cluster_legend")),
        stmts,
    })
}
