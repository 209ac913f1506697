//! What the result codes of a push mean, and what somebody can do about them.
//!
//! By Safaricom's own list where it has the code: several that circulate (17, 2028) are wrong.

/// Kept short: it is shown beside the code in lists and logs.
pub(super) fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "not enough money in the payer's M-Pesa; after a top-up try again",
        "2" => "below the smallest amount M-Pesa moves; correct the price",
        "3" => "above the most M-Pesa moves at once; correct the price",
        "4" => "over the payer's limit for the day; tomorrow works again",
        "8" => "our own account is full; move money out of it at once",
        "17" => "the same amount by the same payer within two minutes; wait and try again",
        "26" => "M-Pesa is busy; try again after half a minute",
        "1001" => "the payer has another M-Pesa prompt open; try again in a few minutes",
        "1019" => "the prompt expired; try again",
        "1025" | "9999" => "the prompt could not be sent; shorten its account reference",
        "1032" => "cancelled by the customer",
        "1037" => "the phone was not reached or nobody answered; check the phone, then try again",
        "2001" => "wrong M-Pesa PIN; try again",
        "2028" | "2029" | "SFC_IC0003" => {
            "till and paybill mixed up in our own settings; correct them before the next sale"
        }
        "2118" => "the payer's SIM card is not set up for M-Pesa",
        "4999" => "M-Pesa is still working on it",
        "8006" => "the payer's PIN is locked; Safaricom unlocks it on 100 or 200",
        _ => return None,
    })
}
