//! Payments that a program asks for and looks after: the portal at the customers' door, the
//! operator's programs at either.

use super::caller::{self, Caller};
use super::{Doors, HttpError, Reply, Request};
use crate::domain::ids::PaymentId;
use crate::domain::mac::Mac;
use crate::domain::payment::CheckoutRequestId;
use crate::jobs::sale::{self, Ask, Refusal};
use crate::store::{Tx, audit, payments};
use crate::view::{self, Detail, PaymentView};
use serde::Deserialize;

/// What a payment is asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPayment {
    phone: String,
    package: String,
    router: Option<String>,
    mac: Option<String>,
    checkout_request_id: Option<String>,
}

/// What can be told of a payment later: which push it was asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    checkout_request_id: String,
}

/// How the audit calls what makes a payment the caller's own.
const ASKED: &str = "payment ask";

/// `POST /api/payments`
pub(super) fn post(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    let caller = caller::of(doors, request)?;
    let ask = body::<NewPayment>(request)?.into_ask()?;
    let (id, is_new) = write(doors, |tx| {
        if let Some(checkout) = &ask.checkout_request_id
            && let Some(found) = payments::by_checkout(tx, checkout)?
            && caller == Caller::Portal
            && found.is_known
            && !is_own(tx, caller, found.id)?
        {
            return Err(Refusal::OtherCheckout(found.id)); // Asked for by somebody else.
        }
        let asked = sale::ask(tx, &doors.config, &ask)?;
        if !is_own(tx, caller, asked.payment_id)? {
            let place = ask.router.as_deref().unwrap_or("every router");
            let detail = format!("package {} on {place}", ask.package);
            note(tx, caller, ASKED, asked.payment_id, &detail)?;
        }
        Ok((asked.payment_id, asked.is_new))
    })?;
    Reply::json(if is_new { 201 } else { 200 }, &read(doors, caller, id)?)
}

/// `PATCH /api/payments/{id}`
pub(super) fn patch(doors: &Doors, request: &Request, id: &str) -> Result<Reply, HttpError> {
    let caller = caller::of(doors, request)?;
    let id = payment_id(id)?;
    let change: Change = body(request)?;
    let checkout = checkout(&change.checkout_request_id)?;
    let id = write(doors, |tx| {
        if !may_see(tx, caller, id)? {
            return Err(Refusal::NoSuchPayment(id));
        }
        let bound = sale::bind_checkout(tx, &doors.config, id, &checkout)?;
        note(tx, caller, "payment push", bound, checkout.as_str())?;
        Ok(bound)
    })?;
    Reply::json(200, &read(doors, caller, id)?)
}

/// `GET /api/payments/{id}`
pub(super) fn get(doors: &Doors, request: &Request, id: &str) -> Result<Reply, HttpError> {
    let caller = caller::of(doors, request)?;
    let id = payment_id(id)?;
    if !doors.store.read(|conn| may_see(conn, caller, id))? {
        return Err(HttpError::NotFound);
    }
    Reply::json(200, &read(doors, caller, id)?)
}

/// What `caller` may know of a payment: the portal its states, the operator all.
fn read(doors: &Doors, caller: Caller, id: PaymentId) -> Result<PaymentView, HttpError> {
    let now = doors.store.now();
    let detail = match caller {
        Caller::Portal => Detail::States,
        Caller::Api | Caller::Page => Detail::Timeline,
    };
    let found = doors.store.read(|conn| view::payment::find(conn, id, now, detail))?;
    let mut view = found.ok_or(HttpError::NotFound)?;
    if caller == Caller::Portal {
        view.hide_credentials();
    }
    Ok(view)
}

fn may_see(
    conn: &rusqlite::Connection,
    caller: Caller,
    id: PaymentId,
) -> crate::store::Result<bool> {
    Ok(caller != Caller::Portal || is_own(conn, caller, id)?)
}

/// Whether `caller` asked for the payment. One joined into another is the other's name, too.
fn is_own(
    conn: &rusqlite::Connection,
    caller: Caller,
    id: PaymentId,
) -> crate::store::Result<bool> {
    let Some(payment) = payments::find(conn, id)? else { return Ok(false) };
    let asked = |id: PaymentId| audit::has(conn, caller.as_str(), ASKED, &format!("payment:{id}"));
    Ok(asked(payment.id)? || asked(id)?)
}

fn note(
    tx: &Tx<'_>,
    caller: Caller,
    what: &str,
    id: PaymentId,
    detail: &str,
) -> crate::store::Result<()> {
    audit::insert(tx, caller.as_str(), what, Some(&format!("payment:{id}")), detail)
}

/// Writes all of `body`, or nothing if it is refused.
pub(super) fn write<T>(
    doors: &Doors,
    body: impl FnOnce(&Tx<'_>) -> Result<T, Refusal>,
) -> Result<T, HttpError> {
    Ok(sale::write(&doors.store, body)?)
}

impl From<Refusal> for HttpError {
    fn from(error: Refusal) -> HttpError {
        let words = error.to_string();
        match error {
            Refusal::NoSuchPackage(_) | Refusal::NoSuchRouter(_) => HttpError::BadRequest(words),
            Refusal::NoSuchPayment(_) => HttpError::NotFound,
            Refusal::Store(error) => HttpError::Store(error),
            _ => HttpError::Conflict(words),
        }
    }
}

impl NewPayment {
    fn into_ask(self) -> Result<Ask, HttpError> {
        let mac = self.mac.map(|it| it.parse::<Mac>().map_err(|error| named("mac", &error)));
        let checkout_request_id = self.checkout_request_id.map(|it| checkout(&it)).transpose()?;
        Ok(Ask {
            phone: self.phone.parse().map_err(|error| named("phone", &error))?,
            package: self.package.parse().map_err(|error| named("package", &error))?,
            router: self.router,
            mac: mac.transpose()?.map(|it| it.to_string()),
            checkout_request_id,
        })
    }
}

fn checkout(text: &str) -> Result<CheckoutRequestId, HttpError> {
    text.parse().map_err(|error| named("checkout_request_id", &error))
}

fn named(key: &str, error: &crate::domain::Invalid) -> HttpError {
    HttpError::BadRequest(format!("{key}: {error}"))
}

fn payment_id(text: &str) -> Result<PaymentId, HttpError> {
    text.parse().map_err(|_| HttpError::NotFound)
}

fn body<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, HttpError> {
    serde_json::from_slice(&request.body).map_err(|error| {
        HttpError::BadRequest(format!("the body is not what is expected: {error}"))
    })
}
