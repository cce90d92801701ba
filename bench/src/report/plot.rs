use std::error::Error;
use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::{
    BLACK, BLUE, ChartBuilder, IntoDrawingArea, IntoLogRange, LineSeries, PathElement, RED, RGBColor, SVGBackend, WHITE,
};

use super::Report;

const SIZE: (u32, u32) = (720, 420);

/// What is drawn over what, both in powers of ten.
struct Plot {
    file: &'static str,
    title: &'static str,
    across: &'static str,
    up: &'static str,
    lines: Vec<Line>,
}

/// A name, a colour, and points.
type Line = (&'static str, RGBColor, Vec<(f64, f64)>);

const FIRST: RGBColor = BLUE;
const SECOND: RGBColor = RGBColor(0, 128, 64);
const THIRD: RGBColor = RED;

/// Writes all plots into `folder`.
pub fn all(report: &Report, folder: &Path) -> Result<()> {
    for plot in [batches(report), tables(report), changes(report), clients(report), simulation(report)] {
        let file = folder.join(plot.file);
        draw(&file, &plot).map_err(|error| anyhow!("{} cannot be drawn: {error}", file.display()))?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn over<T>(all: &[T], across: impl Fn(&T) -> usize, up: impl Fn(&T) -> f64) -> Vec<(f64, f64)> {
    all.iter().map(|one| (across(one) as f64, up(one))).collect()
}

fn batches(report: &Report) -> Plot {
    let all = &report.in_process.batches;
    Plot {
        file: "performance-batches.svg",
        title: "A batch of URLs: milliseconds of processor time",
        across: "URLs",
        up: "ms",
        lines: vec![
            ("signed", FIRST, over(all, |it| it.size, |it| it.signed.median * 1e3)),
            ("POST /urls/batch", SECOND, over(all, |it| it.size, |it| it.served.median * 1e3)),
            ("aws-sdk-s3's presigner", THIRD, over(all, |it| it.size, |it| it.sdk.median * 1e3)),
        ],
    }
}

fn tables(report: &Report) -> Plot {
    let all = &report.in_process.tables;
    Plot {
        file: "performance-tables.svg",
        title: "A round trip to the local table: median, milliseconds",
        across: "rows in the table",
        up: "ms",
        lines: vec![
            ("row found", FIRST, over(all, |it| it.rows, |it| it.found.p50 * 1e3)),
            ("row absent", SECOND, over(all, |it| it.rows, |it| it.absent.p50 * 1e3)),
            ("row stored", THIRD, over(all, |it| it.rows, |it| it.stored.p50 * 1e3)),
        ],
    }
}

fn changes(report: &Report) -> Plot {
    let all = &report.in_process.changes;
    let by_events: Vec<_> = all.iter().filter(|it| it.scopes == 100).collect();
    let by_scopes: Vec<_> = all.iter().filter(|it| it.events == 10_000).collect();
    Plot {
        file: "performance-changes.svg",
        title: "An event: microseconds of the invalidator's processor time",
        across: "events (of 100 roles), or roles (in 10,000 events)",
        up: "µs",
        lines: vec![
            ("by events", FIRST, over(&by_events, |it| it.events, |it| it.processor.median * 1e6)),
            ("by roles that sign", SECOND, over(&by_scopes, |it| it.scopes, |it| it.processor.median * 1e6)),
        ],
    }
}

fn clients(report: &Report) -> Plot {
    let all = &report.clients;
    Plot {
        file: "performance-clients.svg",
        title: "Clients of the local stack at the same time: milliseconds until a URL",
        across: "clients",
        up: "ms",
        lines: vec![
            ("p50", FIRST, over(all, |it| it.number, |it| it.latency.p50 * 1e3)),
            ("p99", THIRD, over(all, |it| it.number, |it| it.latency.p99 * 1e3)),
        ],
    }
}

fn simulation(report: &Report) -> Plot {
    let over = |up: fn(&crate::simulation::Simulated) -> f64| {
        report.simulated.iter().map(|it| (it.per_second, up(it))).collect::<Vec<_>>()
    };
    Plot {
        file: "performance-simulation.svg",
        title: "Simulated: what a region asks for in its worst second",
        across: "requests/s",
        up: "calls/s, or units/s",
        lines: vec![
            ("STS calls, nothing warm", FIRST, over(|it| it.cold.worst.sts_calls)),
            ("STS calls, warm", SECOND, over(|it| it.warm.worst.sts_calls)),
            ("units of a bucket's index, warm", THIRD, over(|it| it.warm.worst.hottest_index_units)),
        ],
    }
}

fn draw(file: &Path, plot: &Plot) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let points = || plot.lines.iter().flat_map(|(_, _, points)| points).filter(|(_, up)| *up > 0.0);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let least = points().map(of).fold(f64::INFINITY, f64::min);
        let most = points().map(of).fold(0.0, f64::max);
        // A little room above and below.
        least / 1.5..most * 1.5
    };
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .caption(plot.title, ("sans-serif", 18))
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(range(|point| point.0).log_scale(), range(|point| point.1).log_scale())?;
    chart.configure_mesh().x_desc(plot.across).y_desc(plot.up).light_line_style(WHITE).draw()?;
    for (name, colour, points) in &plot.lines {
        let colour = *colour;
        let line = chart.draw_series(LineSeries::new(points.iter().copied().filter(|(_, up)| *up > 0.0), colour))?;
        line.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw()?;
    area.present()?;
    Ok(())
}
