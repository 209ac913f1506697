//! What a router has when it is started, and the readings that change by themselves.

use super::world::World;
use crate::dialect::Dialect;

pub(super) fn fill(world: &mut World) {
    for menu in super::schema::all().filter(|menu| menu.is_single) {
        world.insert(menu.path, &[]);
    }
    for (name, kind) in
        [("ether1", "ether"), ("ether2", "ether"), ("wlan1", "wlan"), ("bridge-lan", "bridge")]
    {
        let fields = [("name", name.as_bytes()), ("type", kind.as_bytes()), ("running", b"true")];
        world.insert("interface", &fields);
    }
    for (name, port) in [
        ("telnet", "23"),
        ("ftp", "21"),
        ("www", "80"),
        ("ssh", "22"),
        ("www-ssl", "443"),
        ("api", "8728"),
        ("winbox", "8291"),
        ("api-ssl", "8729"),
    ] {
        world.insert("ip service", &[("name", name.as_bytes()), ("port", port.as_bytes())]);
    }
    for (name, policy) in [
        ("read", "local,telnet,ssh,reboot,read,test,winbox,password,web,sniff,sensitive,api"),
        (
            "write",
            "local,telnet,ssh,reboot,read,write,test,winbox,password,web,sniff,sensitive,api",
        ),
        (
            "full",
            "local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,\
             sensitive,api",
        ),
    ] {
        world.insert("user group", &[("name", name.as_bytes()), ("policy", policy.as_bytes())]);
    }
    let own: &[(&str, &[u8])] = &[("name", b"default"), ("default", b"true")];
    world.insert("ip hotspot profile", own);
    world.insert("ip hotspot user profile", own);
    let trial: &[(&str, &[u8])] = &[
        ("name", b"default-trial"),
        ("comment", b"counters and limits for trial users"),
        ("default", b"true"),
    ];
    world.insert("ip hotspot user", trial);
    fill_hardware(world);
    world.log("system,info", "router rebooted");
}

fn fill_hardware(world: &mut World) {
    let is_v7 = world.dialect.is_v7();
    let version = world.dialect.version();
    let resource = world.single_mut("system resource");
    for (name, text) in [
        ("version", version),
        ("build-time", if is_v7 { "2024-12-18 08:41:00" } else { "Feb/27/2025 09:14:33" }),
        ("factory-software", "6.44"),
        ("free-memory", "71303168"),
        ("total-memory", "134217728"),
        ("cpu", if is_v7 { "ARM" } else { "MIPS 24Kc V7.4" }),
        ("cpu-count", if is_v7 { "4" } else { "1" }),
        ("cpu-frequency", if is_v7 { "716" } else { "650" }),
        ("cpu-load", "3"),
        ("free-hdd-space", "2150400"),
        ("total-hdd-space", "16777216"),
        ("write-sect-since-reboot", "5120"),
        ("write-sect-total", "90311"),
        ("architecture-name", if is_v7 { "arm" } else { "mipsbe" }),
        ("board-name", if is_v7 { "hAP ac^2" } else { "hAP lite" }),
        ("platform", "MikroTik"),
    ] {
        resource.put(name, text);
    }
    let firmware = version.split(' ').next().unwrap_or_default();
    let board = world.single_mut("system routerboard");
    board.put("current-firmware", firmware);
    board.put("upgrade-firmware", firmware);
    if is_v7 {
        let health: [(&str, &[u8]); 3] = [("name", b"voltage"), ("value", b"24.1"), ("type", b"V")];
        world.insert("system health", &health);
    }
}

/// A working hotspot: server, server profile, pool.
pub(crate) fn add_hotspot(world: &mut World) {
    let pool: [(&str, &[u8]); 2] = [("name", b"hs-pool"), ("ranges", b"10.5.50.2-10.5.57.254")];
    world.insert("ip pool", &pool);
    let profile: [(&str, &[u8]); 4] = [
        ("name", b"hsprof1"),
        ("hotspot-address", b"10.5.48.1"),
        ("dns-name", b"login.wifi"),
        ("login-by", b"cookie,http-chap,http-pap,mac-cookie"),
    ];
    world.insert("ip hotspot profile", &profile);
    let server: [(&str, &[u8]); 4] = [
        ("name", b"hotspot1"),
        ("interface", b"bridge-lan"),
        ("address-pool", b"hs-pool"),
        ("profile", b"hsprof1"),
    ];
    world.insert("ip hotspot", &server);
}

/// Brings what tells the time up to date.
pub(crate) fn refresh(world: &mut World) {
    let (now, dialect) = (world.now() + EAST_AFRICA_SECONDS, world.dialect);
    let uptime = i64::try_from(world.uptime.as_nanos()).unwrap_or(i64::MAX);
    world.single_mut("system resource").put_time("uptime", uptime);
    let clock = world.single_mut("system clock");
    clock.put("date", date(dialect, now));
    clock.put("time", time_of_day(now));
}

const EAST_AFRICA_SECONDS: i64 = 3 * 3600;

pub(super) fn log_time(dialect: Dialect, now: i64) -> String {
    let now = now + EAST_AFRICA_SECONDS;
    format!("{} {}", date(dialect, now), time_of_day(now))
}

fn time_of_day(seconds: i64) -> String {
    let seconds = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn date(dialect: Dialect, seconds: i64) -> String {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    match dialect.has_iso_dates() {
        true => format!("{year}-{month:02}-{day:02}"),
        false => format!("{}/{day:02}/{year}", MONTHS[month - 1]),
    }
}

/// The Gregorian date of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, usize, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut left) = (1970, days.max(0));
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    (year, month + 1, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_release_does() {
        assert_eq!(log_time(Dialect::V7_16, 1_768_373_999), "2026-01-14 09:59:59");
        assert_eq!(log_time(Dialect::V6_49, 951_782_399), "feb/29/2000 02:59:59");
    }
}
