//! What differs between two records.

use colored::Color;

use crate::cli::ui::{Painter, escape};
use crate::protocol::difference::Difference;

/// Each difference under its part: the place, and what each record has there.
pub fn difference_lines(differences: &[Difference], paint: Painter) -> Vec<String> {
    let mut lines = Vec::new();
    let mut part = "";
    for one in differences {
        if one.part != part {
            part = one.part;
            lines.push(paint.bold(part));
        }
        lines.push(format!("  {}", paint.dim(&escape(&one.place))));
        let sides = [("-", &one.first, Color::Red), ("+", &one.second, Color::Green)];
        for (mark, text, color) in sides {
            if let Some(text) = text {
                lines.push(format!("    {}", paint.color(&format!("{mark} {}", escape(text)), color)));
            }
        }
    }
    lines
}
