//! Line plots as SVG: panels side by side, logarithmic axes, light or dark as the reader prefers.

use std::fmt::Write;

/// The picture's size, in pixels at scale 1.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const MARGIN: f64 = 20.0;
/// Above the panels: title and legend.
const HEAD: f64 = 96.0;
/// Below them: the x axis and its label.
const FOOT: f64 = 56.0;
/// Left of each: the labels of its y axis.
const GUTTER: f64 = 36.0;
/// How far the axes reach beyond the data, in decades.
const PAD: f64 = 0.12;

/// The colours of the first four series tell apart to the colour-blind, and so do the marks without
/// any colour.
const STYLE: &str = "\
text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#4b5563}\
.title{font-size:16px;font-weight:600;fill:#111827}.name{font-weight:600;fill:#111827}\
.page{fill:#fff}.grid{stroke:#e5e7eb}.axis{stroke:#9ca3af}.line{fill:none;stroke-width:2.25;stroke-linejoin:round}\
.s0{--ink:#c2410c}.s1{--ink:#1d4ed8}.s2{--ink:#047857}.s3{--ink:#7e22ce}\
.line{stroke:var(--ink)}.mark{fill:var(--ink);stroke:#fff;stroke-width:1}\
@media (prefers-color-scheme:dark){text{fill:#9ca3af}.title,.name{fill:#f3f4f6}.page{fill:#0d1117}\
.grid{stroke:#21262d}.axis{stroke:#4b5563}.mark{stroke:#0d1117}\
.s0{--ink:#fb923c}.s1{--ink:#60a5fa}.s2{--ink:#34d399}.s3{--ink:#c084fc}}";

/// The most series: as many as there are colours.
pub const MAX_SERIES: usize = 4;

/// A plot: panels that share their series and their x axis.
#[derive(Debug, Clone)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What the x axis counts.
    pub x_label: String,
    /// What the lines stand for, in each panel; at most [`MAX_SERIES`].
    pub series: Vec<String>,
    /// The panels, left to right; three fill the width well.
    pub panels: Vec<Panel>,
}

/// One measure.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What the y axis measures, with its unit.
    pub title: String,
    /// The points of each series, x ascending. What is not above 0 has no place on a logarithmic
    /// axis and is left out.
    pub lines: Vec<Vec<(f64, f64)>>,
}

impl Plot {
    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let title = escape(&self.title);
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"page\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\n\
             <text class=\"title\" x=\"{MARGIN}\" y=\"32\">{title}</text>\n"
        );
        self.legend(&mut svg);
        let width = (WIDTH - 2.0 * MARGIN) / self.panels.len().max(1) as f64;
        let xs = self.panels.iter().flat_map(Panel::points).map(|(x, _)| x);
        if let Some(x_axis) = Axis::around(xs) {
            for (index, panel) in self.panels.iter().enumerate() {
                let left = MARGIN + width * index as f64 + GUTTER;
                let area = PlotArea {
                    left,
                    right: left + width - GUTTER - 14.0,
                    top: HEAD,
                    bottom: HEIGHT - FOOT,
                };
                panel.draw(&mut svg, &x_axis, &area);
                let (middle, below) = (f64::midpoint(area.left, area.right), HEIGHT - 16.0);
                let label = escape(&self.x_label);
                let _ = writeln!(
                    svg,
                    "<text x=\"{middle:.1}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>"
                );
            }
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn legend(&self, svg: &mut String) {
        let mut x = MARGIN;
        for (index, name) in self.series.iter().take(MAX_SERIES).enumerate() {
            let _ = writeln!(
                svg,
                "<g class=\"s{index}\"><path class=\"line\" d=\"M{x:.1} 54h28\"/>{}<text class=\"name\" x=\"{:.1}\" y=\"58\">{}</text></g>",
                mark(index, x + 14.0, 54.0),
                x + 36.0,
                escape(name)
            );
            // Text cannot be measured here: 7 pixels a letter is what this size takes at most on
            // average.
            x += 36.0 + 7.0 * name.chars().count() as f64 + 24.0;
        }
    }
}

impl Panel {
    /// What can be drawn.
    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.lines.iter().flatten().copied().filter(is_drawable)
    }

    fn draw(&self, svg: &mut String, x_axis: &Axis, area: &PlotArea) {
        let PlotArea {
            left,
            right,
            top,
            bottom,
        } = *area;
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left - GUTTER,
            top - 12.0,
            escape(&self.title)
        );
        let Some(y_axis) = Axis::around(self.points().map(|(_, y)| y)) else {
            return;
        };
        let x = |value: f64| left + x_axis.share(value) * (right - left);
        let y = |value: f64| bottom - y_axis.share(value) * (bottom - top);
        for tick in x_axis.ticks(4) {
            let (at, label, below) = (x(tick), short(tick), bottom + 17.0);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{at:.1} {top}V{bottom}\"/>\
                 <text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>"
            );
        }
        for tick in y_axis.ticks(8) {
            let (at, label) = (y(tick), short(tick));
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{left:.1} {at:.1}H{right:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                left - 6.0,
                at + 4.0
            );
        }
        let _ = writeln!(
            svg,
            "<path class=\"axis\" fill=\"none\" d=\"M{left:.1} {top}V{bottom}H{right:.1}\"/>"
        );
        for (index, line) in self.lines.iter().take(MAX_SERIES).enumerate() {
            let points: Vec<(f64, f64)> = line
                .iter()
                .filter(|point| is_drawable(point))
                .map(|&(at, value)| (x(at), y(value)))
                .collect();
            let path: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{x:.1} {y:.1}"))
                .collect();
            let marks: String = points.iter().map(|&(x, y)| mark(index, x, y)).collect();
            if !points.is_empty() {
                let path = path.join("L");
                let _ = writeln!(
                    svg,
                    "<g class=\"s{index}\"><path class=\"line\" d=\"M{path}\"/>{marks}</g>"
                );
            }
        }
    }
}

fn is_drawable(&(x, y): &(f64, f64)) -> bool {
    x > 0.0 && y > 0.0 && x.is_finite() && y.is_finite()
}

/// Where a panel's axes are.
#[derive(Debug, Clone, Copy)]
struct PlotArea {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// A logarithmic axis; its ends are logarithms to base ten.
#[derive(Debug, Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// One that holds all of the values, which are above 0; `None` without any.
    fn around(values: impl Iterator<Item = f64>) -> Option<Self> {
        let logarithms = values.map(f64::log10);
        let (low, high) = logarithms
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), log| {
                (low.min(log), high.max(log))
            });
        (low <= high).then_some(Self {
            low: low - PAD,
            high: high + PAD,
        })
    }

    /// Where a value is: 0 at the low end, 1 at the high one.
    fn share(&self, value: f64) -> f64 {
        (value.log10() - self.low) / (self.high - self.low)
    }

    /// Round numbers to label, at most so many: powers of ten, or where they are few, 2 and 5 times
    /// these too.
    fn ticks(&self, most: usize) -> Vec<f64> {
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        let at = |multiples: &'static [f64]| {
            let all = decades.clone().flat_map(move |decade| {
                multiples
                    .iter()
                    .map(move |multiple| multiple * 10_f64.powi(decade))
            });
            all.filter(|tick| (self.low..=self.high).contains(&tick.log10()))
                .collect::<Vec<f64>>()
        };
        let fine = at(&[1.0, 2.0, 5.0]);
        if fine.len() <= most {
            return fine;
        }
        let coarse = at(&[1.0]);
        let step = coarse.len().div_ceil(most).max(1);
        coarse.into_iter().step_by(step).collect()
    }
}

/// A series' mark: circle, square, diamond, triangle.
fn mark(series: usize, x: f64, y: f64) -> String {
    let outline = match series % MAX_SERIES {
        0 => return format!("<circle class=\"mark\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"),
        1 => "m-3.6-3.6h7.2v7.2h-7.2z",
        2 => "m0-5l5 5l-5 5l-5-5z",
        _ => "m0-5l5 8.5h-10z",
    };
    format!("<path class=\"mark\" d=\"M{x:.1} {y:.1}{outline}\"/>")
}

/// `10`, `5k`, `2M`, `0.1`.
fn short(value: f64) -> String {
    // Powers of ten below 1 are not exact.
    let tidy = |value: f64| (value * 1e9).round() / 1e9;
    match value {
        value if value >= 1e9 => format!("{}G", tidy(value / 1e9)),
        value if value >= 1e6 => format!("{}M", tidy(value / 1e6)),
        value if value >= 1e3 => format!("{}k", tidy(value / 1e3)),
        value => tidy(value).to_string(),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // No XML 1.0 document may hold these, escaped or not.
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(title: &str, lines: Vec<Vec<(f64, f64)>>) -> String {
        Plot {
            title: title.to_owned(),
            x_label: "replicas".to_owned(),
            series: vec!["eager".to_owned(), "gossip".to_owned()],
            panels: vec![Panel {
                title: "messages".to_owned(),
                lines,
            }],
        }
        .svg()
    }

    #[test]
    fn a_line_has_a_mark_for_each_point() {
        let svg = plot(
            "A",
            vec![vec![(10.0, 100.0), (100.0, 10_000.0), (1e3, 1e6)]],
        );
        assert_eq!(
            svg.matches("<circle").count(),
            3 + 1,
            "and one in the legend"
        );
        assert!(svg.contains(">10k</text>") && svg.contains(">100</text>"));
        assert!(svg.contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn text_is_escaped() {
        let svg = plot("a < b & \"c\"\u{1}", vec![]);
        assert!(svg.contains("<title>a &lt; b &amp; &quot;c&quot; </title>"));
    }

    #[test]
    fn what_no_logarithm_has_is_left_out() {
        let line = vec![
            (0.0, 5.0),
            (10.0, 0.0),
            (10.0, f64::NAN),
            (10.0, -1.0),
            (20.0, 5.0),
        ];
        let svg = plot("A", vec![line]);
        assert_eq!(
            svg.matches("<circle").count(),
            1 + 1,
            "and one in the legend"
        );
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn no_points_and_one_point_are_drawn_too() {
        assert!(plot("A", vec![]).ends_with("</svg>\n"));
        let one = plot("A", vec![vec![(10.0, 10.0)]]);
        assert!(!one.contains("NaN") && !one.contains("inf"));
    }

    #[test]
    fn axes_have_a_few_round_ticks() {
        let ticks = |low, high| {
            Axis { low, high }
                .ticks(4)
                .into_iter()
                .map(short)
                .collect::<Vec<_>>()
        };
        assert_eq!(ticks(1.9, 3.1), ["100", "200", "500", "1k"]);
        assert_eq!(ticks(0.9, 4.1), ["10", "100", "1k", "10k"]);
        assert_eq!(ticks(-1.1, 6.1), ["0.1", "10", "1k", "100k"]);
    }
}
