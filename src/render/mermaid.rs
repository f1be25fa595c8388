//! Pictures in Mermaid, for Markdown that draws it. Labels pass through [`mermaid`](super::escape::mermaid).

use super::escape::mermaid as label;
use super::legend::{MARKS, legend_lines};
use super::picture::Picture;
use super::style::{ALARM, is_dark};
use crate::model::Stage;

/// Writes a picture in Mermaid.
#[must_use]
pub fn mermaid(picture: &Picture) -> String {
    let mut out = String::from("flowchart LR\n");
    for stage in Stage::ALL {
        let members: Vec<usize> = (0..picture.places.len())
            .filter(|at| picture.places[*at].stage == stage)
            .collect();
        if members.is_empty() {
            continue;
        }
        out.push_str(&format!("  subgraph stage_{stage}[\"{stage}\"]\n"));
        for at in members {
            out.push_str(&node(picture, at));
        }
        out.push_str("  end\n");
    }
    for flow in &picture.flows {
        let arrow = if flow.round_trip { "-.->" } else { "-->" };
        out.push_str(&format!("  n{} {arrow} n{}\n", flow.from, flow.to));
    }
    for (at, flow) in picture.flows.iter().enumerate() {
        let colour = if flow.round_trip { ALARM } else { "#777777" };
        let width = picture.width(flow);
        out.push_str(&format!(
            "  linkStyle {at} stroke:{colour},stroke-width:{width:.1}px\n"
        ));
    }
    out.push_str(&legend(picture));
    out
}

fn node(picture: &Picture, at: usize) -> String {
    let place = &picture.places[at];
    let name = place
        .name
        .as_ref()
        .map_or_else(String::new, |n| format!("{n}\n"));
    let text = format!("{name}{}\n{}", place.commodity, place.location_words());
    let fill = place.colour(picture);
    let words = if is_dark(fill) { "#FFFFFF" } else { "#000000" };
    let border = if place.single_point {
        format!("stroke:{ALARM},stroke-width:4px")
    } else if place.is_product {
        "stroke:#000000,stroke-width:4px".to_owned()
    } else {
        "stroke:#555555".to_owned()
    };
    format!(
        "    n{at}[{}]\n    style n{at} fill:{fill},color:{words},{border}\n",
        label(&text)
    )
}

fn legend(picture: &Picture) -> String {
    let words = format!(
        "{}\n{}\n{}",
        picture.title,
        picture.left_out,
        MARKS.join("\n").replace(
            "thick border: the product; double",
            "thick border: the product; thick"
        )
    );
    let mut out = format!(
        "  subgraph legend[\"legend\"]\n    title[{}]\n",
        label(&words)
    );
    for (at, (text, fill)) in legend_lines(picture).iter().enumerate() {
        let words = if is_dark(fill) { "#FFFFFF" } else { "#000000" };
        out.push_str(&format!(
            "    l{at}[{}]\n    style l{at} fill:{fill},color:{words},stroke:#555555\n",
            label(text)
        ));
    }
    out.push_str("  end\n");
    out
}
