//! Draws how numbers grow with the number of monitors, as an SVG with logarithmic axes.

use std::fmt::Write as _;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 58.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 40.0;
const RIGHT: f64 = 14.0;
const COLOURS: [&str; 3] = ["#0b6e4f", "#c2571a", "#5b5f97"];

/// One chart: lines over the same numbers of monitors.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) lines: Vec<(&'static str, Vec<(f64, f64)>)>,
}

/// The charts side by side.
pub(crate) fn drawn(charts: &[Chart], about: &str) -> String {
    let (width, height) = (WIDTH * charts.len() as f64, HEIGHT + 24.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"11\" role=\"img\" aria-label=\"{about}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (number, chart) in charts.iter().enumerate() {
        writeln!(svg, "<g transform=\"translate({} 0)\">", WIDTH * number as f64).expect("a text takes it");
        draw(&mut svg, chart);
        svg.push_str("</g>\n");
    }
    writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" fill=\"#555\">{about}</text>\n</svg>", height - 8.0)
        .expect("a text takes it");
    svg
}

fn draw(svg: &mut String, chart: &Chart) {
    let points = || chart.lines.iter().flat_map(|(_, line)| line);
    let (across, up) = (Axis::over(points().map(|(x, _)| *x)), Axis::over(points().map(|(_, y)| *y)));
    let x = |value: f64| LEFT + across.part(value) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - up.part(value) * (HEIGHT - TOP - BOTTOM);
    let mut write = |text: String| svg.push_str(&text);
    write(format!("<text x=\"{LEFT}\" y=\"18\" font-weight=\"600\" fill=\"#222\">{}</text>\n", chart.title));
    for power in across.powers() {
        let (at, bottom) = (x(power), HEIGHT - BOTTOM);
        write(format!(
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#eee\"/><text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{power}</text>\n",
            bottom + 15.0
        ));
    }
    for power in up.powers() {
        let (at, right) = (y(power), WIDTH - RIGHT);
        write(format!(
            "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#eee\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{power}</text>\n",
            LEFT - 6.0,
            at + 4.0
        ));
    }
    for ((name, line), colour) in chart.lines.iter().zip(COLOURS) {
        let path: Vec<String> =
            line.iter().map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        write(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
            path.join(" ")
        ));
        for (at, value) in line {
            write(format!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>\n",
                x(*at),
                y(*value)
            ));
        }
        if let Some((at, value)) = line.last() {
            write(format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{colour}\">{name}</text>\n",
                x(*at),
                y(*value) - 7.0
            ));
        }
    }
}

/// From one power of ten to another.
struct Axis {
    least: f64,
    most: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone) -> Self {
        let known = values.filter(|value| *value > 0.0);
        let least = known.clone().fold(f64::MAX, f64::min).log10().floor();
        let most = known.fold(f64::MIN_POSITIVE, f64::max).log10().ceil().max(least + 1.0);
        Self { least, most }
    }

    /// Where a value is, from 0 to 1; what is too small stands at 0.
    fn part(&self, value: f64) -> f64 {
        let power = value.max(10_f64.powf(self.least)).log10();
        (power - self.least) / (self.most - self.least)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        let steps = std::iter::successors(Some(self.least), |power| Some(power + 1.0));
        steps.take_while(|power| *power <= self.most).map(|power| 10_f64.powf(power))
    }
}
