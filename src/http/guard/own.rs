//! What the guard answers by itself, so that it takes no thread and works when all are busy.

use super::answer::Answer;
use super::head::Head;
use crate::http::health::{Condition, Health};

/// A request that needs no handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Health,
}

impl Own {
    pub(super) fn of(head: &Head) -> Option<Own> {
        match (head.method, head.path()) {
            ("GET" | "HEAD", "/healthz") => Some(Own::Health),
            _ => None,
        }
    }

    pub(super) fn answer(self, head: &Head, health: &Health) -> Answer<'static> {
        let Own::Health = self;
        let condition = health.get();
        let status = match condition {
            Condition::Ok => "200 OK",
            _ => "503 Service Unavailable",
        };
        let mut answer = Answer::text(status, condition.as_str());
        if head.method == "HEAD" {
            answer.body = Vec::new();
        }
        answer
    }
}
