//! One payment with its four states side by side: money, entitlement, delivery per target and
//! session. None is derived from another, so none can hide what became of another.

use crate::domain::ids::{CustomerId, PaymentId, SubscriptionId};
use crate::domain::money::Cents;
use crate::domain::package::PackageCode;
use crate::domain::payment::{CheckoutRequestId, Door, Payment, PaymentState, Receipt, Shortcode};
use crate::domain::subscription::{DeliveryState, Subscription, SubscriptionState, Target};
use crate::domain::text_enum;
use crate::domain::time::{Now, Timestamp};
use crate::store::deliveries::Delivery;
use crate::store::timeline::{self, Moment};
use crate::store::{Result, customers, deliveries, grants, outbox, packages, payments};
use crate::store::{routers, sessions, statistics, subscriptions};
use rusqlite::Connection;
use serde::Serialize;

/// How much is told of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    States,
    /// All that happened to it, too.
    Timeline,
}

/// What is skipped in JSON is for pages, and not part of the contract.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentView {
    pub id: PaymentId,
    pub money: Money,
    /// `None` while nobody knows whose it is.
    pub customer: Option<Customer>,
    /// `None` until it has bought something.
    pub entitlement: Option<Entitlement>,
    pub deliveries: Vec<DeliveryView>,
    pub session: Session,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Vec<Moment>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Money {
    pub state: PaymentState,
    /// What came; what was asked, while nothing has.
    pub amount_cents: Option<Cents>,
    pub receipt: Option<Receipt>,
    pub checkout_request_id: Option<CheckoutRequestId>,
    /// The payer's number, or as much of it as M-Pesa told: its hash, or some of its digits.
    pub payer: Option<String>,
    pub door: Door,
    pub shortcode: Option<Shortcode>,
    pub received_at: Option<Timestamp>,
    #[serde(skip)]
    pub created_at: Timestamp,
    /// What the payer typed.
    #[serde(skip)]
    pub reference: Option<String>,
    /// Why it is held, failed or returned.
    #[serde(skip)]
    pub reason: Option<String>,
    #[serde(skip)]
    pub surplus: Cents,
}

#[derive(Clone, Debug, Serialize)]
pub struct Customer {
    pub id: CustomerId,
    pub phone: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Entitlement {
    pub subscription_id: SubscriptionId,
    pub state: SubscriptionState,
    pub package: PackageCode,
    /// `None` for those who may not learn credentials.
    pub username: Option<String>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub bytes_left: Option<i64>,
}

text_enum! {
    /// A delivery's state, and whether a job is at it this moment.
    pub enum Progress {
        Queued = "queued",
        Doing = "doing",
        Verified = "verified",
        Parked = "parked",
        Failed = "failed",
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct DeliveryView {
    /// `router:NAME`, `radius` or `sms`.
    pub target: String,
    pub state: Progress,
    pub tries: u32,
    pub error: Option<String>,
    pub at: Option<Timestamp>,
    /// False if the target is to forget, or has forgotten, what it knew.
    #[serde(skip)]
    pub is_wanted: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Session {
    pub state: SessionState,
}

text_enum! {
    pub enum SessionState {
        None = "none",
        Online = "online",
        /// Still online, though the right to be has ended.
        Expiring = "expiring",
        Kicked = "kicked",
    }
}

impl PaymentView {
    /// For those who may know how a payment stands, but not log in as its customer.
    pub fn hide_credentials(&mut self) {
        if let Some(entitlement) = &mut self.entitlement {
            entitlement.username = None;
        }
    }
}

/// One payment, or `None` if there is none of this id.
pub fn find(
    conn: &Connection,
    id: PaymentId,
    now: Now,
    detail: Detail,
) -> Result<Option<PaymentView>> {
    let payment = payments::find(conn, id)?;
    payment.map(|it| view(conn, &it, now, detail)).transpose()
}

/// The newest first, older than `before`, in `state` if one is given; without timelines.
pub fn page(
    conn: &Connection,
    state: Option<PaymentState>,
    before: Option<PaymentId>,
    limit: u32,
    now: Now,
) -> Result<Vec<PaymentView>> {
    let payments = payments::page(conn, state, before, limit)?;
    payments.iter().map(|it| view(conn, it, now, Detail::States)).collect()
}

/// Payments that nobody lets in though they are paid, as [`page`] shows them.
pub fn unserved(
    conn: &Connection,
    before: Option<PaymentId>,
    limit: u32,
    now: Now,
) -> Result<Vec<PaymentView>> {
    let mut unserved = statistics::unserved(conn, now)?;
    unserved.retain(|it| before.is_none_or(|before| it.payment_id < before));
    unserved.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let show = |id| view(conn, &payments::get(conn, id)?, now, Detail::States);
    unserved.iter().map(|it| show(it.payment_id)).collect()
}

/// What is shown of a payment already read.
pub fn view(conn: &Connection, payment: &Payment, now: Now, detail: Detail) -> Result<PaymentView> {
    let customer = match payment.customer_id {
        Some(id) => {
            let customer = customers::get(conn, id)?;
            Some(Customer { id, phone: customer.phone.map(|it| it.msisdn().to_owned()) })
        }
        None => None,
    };
    let grant = grants::of_payment(conn, payment.id)?;
    let is_revoked = grant.as_ref().is_some_and(|it| it.is_revoked);
    let bought = grant.map(|it| subscriptions::get(conn, it.subscription_id)).transpose()?;
    let subscription = bought.as_ref();
    let timeline = match detail {
        Detail::States => None,
        Detail::Timeline => {
            Some(timeline::of_payment(conn, payment.id, subscription.map(|it| it.id))?)
        }
    };
    let (entitlement, deliveries, session) = match subscription {
        Some(it) => (
            Some(entitlement(conn, it, is_revoked, now)?),
            delivery_views(conn, it.id, payment.id)?,
            session(conn, it, now)?,
        ),
        None => (None, Vec::new(), Session { state: SessionState::None }),
    };
    let money = money(payment);
    Ok(PaymentView { id: payment.id, money, customer, entitlement, deliveries, session, timeline })
}

fn money(payment: &Payment) -> Money {
    let phone = payment.payer_phone.as_ref().map(|it| it.msisdn().to_owned());
    let payer = phone.or_else(|| payment.payer_hash.clone());
    Money {
        state: payment.state,
        amount_cents: payment.amount.or(payment.price),
        receipt: payment.receipt.clone(),
        checkout_request_id: payment.checkout_request_id.clone(),
        payer: payer.or_else(|| payment.payer_masked.clone()),
        door: payment.door,
        shortcode: payment.shortcode.clone(),
        received_at: payment.received_at,
        created_at: payment.created_at,
        reference: payment.reference.clone(),
        reason: payment.reason.clone(),
        surplus: payment.surplus,
    }
}

fn entitlement(
    conn: &Connection,
    subscription: &Subscription,
    is_revoked: bool,
    now: Now,
) -> Result<Entitlement> {
    let period = subscription.period;
    let ends_at = period.map(|it| match it.ends_on_wall(now) {
        // It was set by a clock that was not believed; the steady one knows better.
        Some(better) if !it.is_end_trusted && !it.left(now).is_zero() => better,
        _ => it.ends_at,
    });
    Ok(Entitlement {
        subscription_id: subscription.id,
        state: if is_revoked { SubscriptionState::Revoked } else { standing(subscription, now) },
        package: packages::get(conn, subscription.package_id)?.code,
        username: Some(subscription.username.as_str().to_owned()),
        starts_at: period.map(|it| it.starts_at),
        ends_at,
        bytes_left: subscription.bytes_left(),
    })
}

/// The state of the row, or the one it is about to have: what is spent is over, though nobody has
/// swept it up yet.
fn standing(subscription: &Subscription, now: Now) -> SubscriptionState {
    match subscription.bytes_left() {
        _ if !subscription.is_live() || !subscription.is_spent(now) => subscription.state,
        Some(0) => SubscriptionState::Exhausted,
        _ => SubscriptionState::Expired,
    }
}

/// Routers first, then RADIUS, then the SMS of this payment; other payments' SMS are not its own.
fn delivery_views(
    conn: &Connection,
    id: SubscriptionId,
    payment_id: PaymentId,
) -> Result<Vec<DeliveryView>> {
    let running = outbox::running_keys(conn, &format!("subscription:{id}"))?;
    let mut views = Vec::new();
    for delivery in deliveries::of_subscription(conn, id)? {
        let (rank, target, key) = match delivery.target {
            Target::Router(router_id) => {
                let router = routers::find(conn, router_id)?;
                let name = router.map_or_else(|| router_id.to_string(), |it| it.name.to_string());
                (0, format!("router:{name}"), delivery.target.to_string())
            }
            Target::Radius => (1, "radius".to_owned(), String::new()),
            Target::Sms(payment) if payment == payment_id => {
                (2, "sms".to_owned(), format!("sms:{id}"))
            }
            Target::Sms(_) | Target::WaitingSms(_) => continue,
        };
        let state = progress(&delivery, running.contains(&key));
        let Delivery { is_wanted, tries, error, at, .. } = delivery;
        views.push((rank, DeliveryView { target, state, tries, error, at, is_wanted }));
    }
    views.sort_by(|one, other| (one.0, &one.1.target).cmp(&(other.0, &other.1.target)));
    Ok(views.into_iter().map(|it| it.1).collect())
}

fn progress(delivery: &Delivery, is_running: bool) -> Progress {
    match delivery.state {
        DeliveryState::Verified => Progress::Verified,
        DeliveryState::Failed => Progress::Failed,
        DeliveryState::Queued | DeliveryState::Parked if is_running => Progress::Doing,
        DeliveryState::Queued => Progress::Queued,
        DeliveryState::Parked => Progress::Parked,
    }
}

fn session(conn: &Connection, subscription: &Subscription, now: Now) -> Result<Session> {
    let is_over = !subscription.is_live() || subscription.is_spent(now);
    let state = match sessions::latest_of(conn, subscription.id)? {
        Some(it) if it.ended_at.is_none() && is_over => SessionState::Expiring,
        Some(it) if it.ended_at.is_none() => SessionState::Online,
        Some(it) if it.why_ended.as_deref() == Some(sessions::KICKED) => SessionState::Kicked,
        _ => SessionState::None,
    };
    Ok(Session { state })
}
