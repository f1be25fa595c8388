//! Reports as self-contained HTML: a page for a product, and a site of all of them.
//!
//! A page asks nothing of any network, and says so in a content security policy that names its one script and its one style
//! by hash. What is not done here: reading files, and writing them.

mod frame;
mod html;
mod network;
mod parts;
mod product;
mod site;
mod sources;
mod tables;
mod words;

pub use frame::Mode;
pub use product::{ProductReport, product_page};
pub use site::{Site, site};
