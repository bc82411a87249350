//! How far it is, on standard error; nothing is drawn where that is not a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Of a file whose length is known.
pub(crate) fn of_a_file() -> ProgressBar {
    drawn("{bar:40} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}")
}

/// Of a file whose length shows at its end.
pub(crate) fn of_a_stream() -> ProgressBar {
    let bar = drawn("{spinner} {bytes}  {bytes_per_sec}  {elapsed}");
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn drawn(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates are well formed");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
