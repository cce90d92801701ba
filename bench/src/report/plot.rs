use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::{
    BLACK, BLUE, ChartBuilder, IntoDrawingArea, IntoLogRange, LineSeries, PathElement, RED, RGBColor, SVGBackend, WHITE,
};

use crate::batch::Batch;

const SIZE: (u32, u32) = (720, 420);
const GREEN: RGBColor = RGBColor(0, 128, 64);

/// What a batch costs, by its size, both in powers of ten.
pub fn batches(file: &Path, batches: &[Batch]) -> Result<()> {
    draw(file, batches).map_err(|error| anyhow!("{} cannot be drawn: {error}", file.display()))
}

fn draw(file: &Path, batches: &[Batch]) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .caption("A batch of URLs: milliseconds of processor time", ("sans-serif", 18))
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((1.0..1000.0).log_scale(), (0.001..100.0).log_scale())?;
    chart.configure_mesh().x_desc("URLs").y_desc("ms").light_line_style(WHITE).draw()?;
    let lines = [
        ("signed", BLUE, batches.iter().map(|batch| batch.signed).collect::<Vec<_>>()),
        ("POST /urls/batch", GREEN, batches.iter().map(|batch| batch.served).collect()),
        ("aws-sdk-s3's presigner", RED, batches.iter().map(|batch| batch.sdk).collect()),
    ];
    for (name, colour, figures) in lines {
        #[expect(clippy::cast_precision_loss, reason = "a batch has at most 1,000 URLs")]
        let points = batches.iter().zip(figures).map(|(batch, figure)| (batch.size as f64, figure.median * 1e3));
        let line = chart.draw_series(LineSeries::new(points, colour))?;
        line.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw()?;
    area.present()?;
    Ok(())
}
