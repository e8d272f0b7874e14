//! The page's clock: it never goes backwards, and says the time of day.

use election_core::time::Millis;
use wasm_bindgen::JsValue;

/// Milliseconds since 1970, counted on from the page's start by a monotonic clock. Setting the
/// system's clock does not move it, so it may drift from the wall's.
#[must_use]
pub fn now() -> Millis {
    let performance = web_sys::window().and_then(|window| window.performance());
    let millis =
        performance.map_or_else(js_sys::Date::now, |clock| clock.time_origin() + clock.now());
    Millis(millis as u64)
}

/// The time of day here, as "20:04".
#[must_use]
pub fn time_of_day(at: Millis) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// The moment for a machine, as an HTML `datetime`.
#[must_use]
pub fn machine_time(at: Millis) -> String {
    js_sys::Date::new(&JsValue::from_f64(at.0 as f64))
        .to_iso_string()
        .into()
}
