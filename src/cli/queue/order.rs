//! `mlango queue pause`, `resume` and `restart`

use super::WHO;
use crate::cli::Desk;
use crate::domain::queue::Queue;
use crate::jobs::by_hand::{self, Order};
use crate::view::server;
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub struct Target {
    /// Which queue [default: all]
    queue: Option<Queue>,
}

impl Target {
    pub fn run(&self, desk: &mut Desk<'_>, order: Order) -> anyhow::Result<()> {
        let queues = desk.store.write(|tx| by_hand::order(tx, WHO, order, self.queue))?;
        let name = self.queue.map_or("every queue".to_owned(), |it| format!("queue {it}"));
        let sentence = match order {
            Order::Pause => {
                format!("{name} is paused: what runs ends, nothing new begins before `resume`")
            }
            Order::Resume => format!("{name} goes on"),
            Order::Restart if server::is_running(&desk.config.data_dir) => {
                format!("{name} gets new workers; the old ones end with what they are doing")
            }
            Order::Restart => {
                format!("no server runs; the next one gives {name} new workers anyway")
            }
        };
        desk.done(&sentence, &json!({ order.as_str(): queues }))
    }
}
