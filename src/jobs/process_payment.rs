//! A provider's message becomes money, and money a customer's right to be online.

use super::sale;
use crate::domain::ids::CallbackId;
use crate::domain::queue::Queue;
use crate::job::{Cx, Done, Job, JobError};
use crate::mpesa;
use crate::store::callbacks;
use anyhow::anyhow;
use serde::{Deserialize, Serialize};

/// Understands one callback, and settles what it is about. Repeating it changes nothing: the rows
/// it would add are there, and each payment buys once.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessPayment {
    pub callback_id: CallbackId,
}

impl Job for ProcessPayment {
    const KIND: &'static str = "process_payment";
    const QUEUE: Queue = Queue::Payments;
    const PARKS: bool = true; // It is money.

    fn about(&self) -> Option<String> {
        Some(format!("callback:{}", self.callback_id))
    }

    fn run(&self, cx: &Cx) -> Result<Done, JobError> {
        let id = self.callback_id;
        let callback = cx
            .read(|conn| callbacks::get(conn, id))?
            .ok_or_else(|| JobError::GiveUp(anyhow!("there is no callback {id}")))?;
        let config = cx.world.config.clone();
        let received = mpesa::classify(&callback.body, &config.mpesa.shortcodes);
        log::info!("callback {id} is {}: {}", received.outcome, received.reason);
        // Two messages of one payment may be understood at the same moment, so all that depends on
        // what is known is decided inside the write.
        Ok(Done::writing(move |tx| {
            let verdict = sale::settle(tx, &config, &received, callback.is_signed)?;
            let (reason, payment_id) = (&verdict.reason, verdict.payment_id);
            callbacks::set_understood(tx, id, received.outcome, reason, payment_id)
        }))
    }
}
