//! Pictures of a product's supply graph. What is drawn is chosen first ([`Picture`]), then written in a language.

mod dot;
mod escape;
mod picture;
mod style;

pub use dot::dot;
pub use escape::quote;
pub use picture::{ColourBy, Flow, Picture, PictureOptions, Place, picture};
pub use style::Palette;
