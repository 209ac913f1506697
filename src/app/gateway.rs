//! The SMS gateway that the configuration names.

use crate::config::{Config, Gateway, secrets};
use crate::domain::secret::Secret;
use crate::sms::SmsGateway;
use crate::sms::http::{HttpGateway, HttpSms, Success};
use crate::sms::log::LogSms;
use crate::sms::none::NoSms;
use anyhow::Context as _;
use std::sync::Arc;

pub fn sms_gateway(config: &Config) -> anyhow::Result<Arc<dyn SmsGateway>> {
    Ok(match config.sms.gateway {
        Gateway::None => Arc::new(NoSms),
        Gateway::Log => Arc::new(LogSms),
        Gateway::Http => Arc::new(HttpSms::new(http_gateway(config)?)?),
        Gateway::AfricasTalking | Gateway::TextSms => {
            anyhow::bail!("[sms] gateway {} is not in this version", config.sms.gateway)
        }
    })
}

fn http_gateway(config: &Config) -> anyhow::Result<HttpGateway> {
    let section = config.sms.http.as_ref().context("[sms.http] says nothing")?;
    let headers = section
        .headers
        .iter()
        .map(|(name, value)| Ok((name.clone(), secrets::fill_in(config, value)?)))
        .collect::<anyhow::Result<_>>()?;
    let success = section.success.as_ref();
    let success =
        success.map(|it| Success { pointer: it.pointer.clone(), values: it.values.clone() });
    Ok(HttpGateway {
        method: section.method,
        url: Secret::new(section.url.clone()),
        headers,
        body: section.body,
        template: Secret::new(section.template.clone()),
        sender: String::new(),
        to_format: section.to_format,
        success,
        id_pointer: section.id_pointer.clone(),
        timeout: section.timeout,
    })
}
