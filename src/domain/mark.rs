//! How rows of ours are known on a router: by their comment, and profiles by their name.

use super::ids::SubscriptionId;
use super::package::Rate;
use super::subscription::Subscription;

/// The comment of a subscription's user. Another purchase is another mark: a router's counters
/// belong to one.
pub fn mark(subscription: &Subscription) -> String {
    format!("mlango sub={} rev={}", subscription.id, subscription.revision)
}

/// Whose a row is that has this comment; `None` if it is not ours, or says nothing.
pub fn owner(comment: &str) -> Option<SubscriptionId> {
    let words = comment.strip_prefix("mlango ")?;
    words.split(' ').find_map(|word| word.strip_prefix("sub=")?.parse().ok())
}

/// Profiles are made of limits, not of packages: one whose limits change gets another profile, and
/// customers who bought the old limits keep theirs.
pub fn profile_name(rate: Option<Rate>, devices: u32) -> String {
    let rate = rate.map_or_else(|| "open".to_owned(), |it| it.to_string().replace('/', "-"));
    format!("mlango-{rate}-x{devices}")
}

#[test]
fn a_mark_says_whose_the_row_is() {
    assert_eq!(owner("mlango sub=67 rev=2"), Some(SubscriptionId(67)));
    for text in ["", "mlango", "mlango x", "sub=67", "Mlango sub=67 rev=2", "mlango sub=x rev=1"] {
        assert_eq!(owner(text), None, "{text:?}");
    }
    assert_eq!(profile_name("2M/5M".parse().ok(), 2), "mlango-2M-5M-x2");
    assert_eq!(profile_name(None, 1), "mlango-open-x1");
}
