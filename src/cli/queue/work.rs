//! `mlango queue work`: what it is told. It starts things, so the work itself is `app`'s.

use crate::domain::Invalid;
use crate::domain::queue::Queue;
use crate::domain::time::parse_span;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Work {
    /// Run the next job that is due, if there is one, and end
    #[arg(long)]
    pub once: bool,
    /// Work on these only, and on one of them only while those before it have nothing due
    #[arg(long = "queue", value_name = "Q,Q…", value_delimiter = ',')]
    pub queues: Vec<Queue>,
    /// End when nothing is due
    #[arg(long)]
    pub stop_when_empty: bool,
    /// End after so many jobs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_jobs: Option<u32>,
    /// End after so many seconds, when the job that runs then is done
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub max_time: Option<Duration>,
    /// End after a job when the program takes more memory than so many megabytes
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..))]
    pub memory: Option<u64>,
    /// How often a job may fail, whatever its queue says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub tries: Option<u32>,
    /// How many seconds a job may take, whatever its queue says
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

/// Plain seconds, or a span with its unit; never none.
fn seconds(text: &str) -> Result<Duration, Invalid> {
    let span = match text.parse::<u64>() {
        Ok(seconds) => parse_span(&format!("{seconds}s")),
        Err(_) => parse_span(text),
    }?;
    if span.is_zero() { Err(Invalid("it must be more than nothing".to_owned())) } else { Ok(span) }
}
