//! Parts that screens and overlays are drawn from. They know cells and roles, not the fleet.

pub mod field;
pub mod form;
pub mod frame;
pub mod grid;
pub mod spark;
pub mod tabs;
