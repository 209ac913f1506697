//! What an operator may say of a package, on `add` and on `set`.

use crate::domain::Invalid;
use crate::domain::package::{Again, Package, Rate, Starts, parse_bytes};
use clap::Args;
use std::str::FromStr;

/// What a package need not have.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Extras {
    /// Upload/download in bits a second, as in 2M/5M; `none` is without limit
    #[arg(long, value_name = "UP/DOWN")]
    rate: Option<Limit<Rate>>,
    /// Upload and download together, as in 5GiB; `none` is without limit
    #[arg(long, value_name = "SIZE", value_parser = data)]
    data: Option<Limit<i64>>,
    /// Devices online at once [default for a new package: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    devices: Option<u32>,
    /// When its time begins: access, payment or first-login [default for a new package: access]
    #[arg(long, value_name = "WHEN")]
    starts: Option<Starts>,
    /// What buying it again does: extend, or device to let one more in while both run [default
    /// for a new package: extend]
    #[arg(long, value_name = "HOW")]
    again: Option<Again>,
}

impl Extras {
    /// Changes in `package` what was said.
    pub(super) fn apply(&self, package: &mut Package) {
        if let Some(rate) = &self.rate {
            package.rate = rate.0;
        }
        if let Some(data) = &self.data {
            package.bytes = data.0;
        }
        package.devices = self.devices.unwrap_or(package.devices);
        package.starts = self.starts.unwrap_or(package.starts);
        package.again = self.again.unwrap_or(package.again);
    }

    pub(super) fn is_empty(&self) -> bool {
        let Extras { rate, data, devices, starts, again } = self;
        rate.is_none() && data.is_none() && devices.is_none() && starts.is_none() && again.is_none()
    }
}

/// A limit, or the word that there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit<T>(Option<T>);

impl<T: FromStr<Err = Invalid>> FromStr for Limit<T> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Limit<T>, Invalid> {
        limit(text, str::parse)
    }
}

fn limit<T>(text: &str, read: fn(&str) -> Result<T, Invalid>) -> Result<Limit<T>, Invalid> {
    if text == "none" { Ok(Limit(None)) } else { read(text).map(|it| Limit(Some(it))) }
}

fn data(text: &str) -> Result<Limit<i64>, Invalid> {
    limit(text, parse_bytes)
}
