//! `mlango router remove`

use super::{Shown, find};
use crate::cli::{Desk, Shape};
use crate::config::RadiusMode;
use crate::domain::subscription::Target;
use crate::jobs::sale;
use crate::store::{audit, statistics};
use clap::Args;

#[derive(Debug, Args)]
pub struct Remove {
    name: String,
}

impl Remove {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let router = find(desk, &self.name)?;
        let target = Target::Router(router.id);
        let (known, widened) = desk.store.write(|tx| {
            let known = statistics::wanted_on(tx, target)?;
            let widened = sale::router_removed(tx, desk.config, router.id)?;
            audit::insert(tx, "cli", "router remove", None, router.name.as_str())?;
            Ok((known, widened))
        })?;
        let is_radius_client =
            desk.config.radius.mode == RadiusMode::Freeradius && router.nas_ip.is_some();
        if is_radius_client {
            desk.warn("run `mlango radius config` once more, so that FreeRADIUS forgets it, too")?;
        }
        if desk.shape == Shape::Json {
            return desk.json(&Shown::from(router));
        }
        writeln!(desk.out, "router {} is forgotten, and its login with it", router.name)?;
        if 0 < known {
            writeln!(
                desk.out,
                "{known} who have paid were to be let in there; those it knows stay on it until \
                 their time is up, unless you run on it: \
                 /ip hotspot user remove [find comment~\"^mlango \"]"
            )?;
        }
        if 0 < widened {
            writeln!(desk.out, "{widened} that were good only there are good everywhere now")?;
        }
        Ok(())
    }
}
