//! Pictures in DOT, Graphviz's language: clusters by stage, colour, edge width by share, a legend, and what was left out.

use graphviz_rust::dot_structures::{
    Attribute, Edge, EdgeTy, Graph, Id, Node, NodeId, Stmt, Subgraph, Vertex,
};
use graphviz_rust::printer::{DotPrinter, PrinterContext};

use super::escape::quote;
use super::legend::{MARKS, legend_lines};
use super::picture::{Picture, Place};
use super::style::{ALARM, is_dark};
use crate::model::Stage;
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

fn node(place: &Place, picture: &Picture) -> Node {
    let fill = place.colour(picture);
    let name = place
        .name
        .as_ref()
        .map_or_else(String::new, |n| format!("{n}\n"));
    let label = format!("{name}{}\n{}", place.commodity, place.location_words());
    let mut attributes = vec![
        attribute("label", &label),
        attribute("tooltip", &place.tooltip()),
        attribute("fillcolor", fill),
        attribute(
            "fontcolor",
            if is_dark(fill) { "#FFFFFF" } else { "#000000" },
        ),
    ];
    if place.single_point {
        attributes.push(attribute("peripheries", "2"));
        attributes.push(attribute("color", ALARM));
    }
    if place.is_product {
        attributes.push(attribute("penwidth", "2.5"));
    }
    Node {
        id: node_id(&place.id),
        attributes,
    }
}

fn edge(picture: &Picture, flow: &super::picture::Flow) -> Edge {
    let (from, to) = (&picture.places[flow.from], &picture.places[flow.to]);
    let tooltip = format!(
        "{} to {}: {} of the value",
        from.id,
        to.id,
        percent(flow.value.min(1.0))
    );
    let mut attributes = vec![
        attribute("penwidth", &format!("{:.2}", picture.width(flow))),
        attribute("tooltip", &tooltip),
    ];
    if flow.round_trip {
        attributes.push(attribute("style", "dashed"));
        attributes.push(attribute("color", ALARM));
    }
    Edge {
        ty: EdgeTy::Pair(Vertex::N(node_id(&from.id)), Vertex::N(node_id(&to.id))),
        attributes,
    }
}

fn legend(picture: &Picture) -> Stmt {
    let lines = legend_lines(picture);
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
    let marks = MARKS.join("\n");
    stmts.push(Stmt::Node(Node {
        id: node_id("legend marks"),
        attributes: vec![
            attribute("label", &marks),
            attribute("shape", "plaintext"),
            attribute("fillcolor", "#FFFFFF"),
        ],
    }));
    Stmt::Subgraph(Subgraph {
        id: Id::Plain(quote("cluster_legend")),
        stmts,
    })
}
