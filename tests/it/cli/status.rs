//! `mlango status`

use super::Shop;
use crate::sale::PHONE;

#[test]
fn one_screen_says_how_everything_is() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    shop.pay("UKM2BBBBBB", "33", PHONE);
    let status = shop.json(&["status"]);
    assert_eq!(status["payments"]["held"], 1);
    assert_eq!(status["queues"].as_array().unwrap().len(), 10);
    let codes = status["issues"].to_string();
    assert!(codes.contains("money_held") && codes.contains("callbacks_unsigned"), "{codes}");
    let screen = shop.done(&["status"]);
    assert!(screen.contains("1 held") && screen.contains("hotspot-accounting"), "{screen}");
    assert!(screen.lines().all(|it| it.chars().count() <= 80), "{screen}");
}
