//! What the browser tells every host: the page is looked at again, the network may be back.

use std::cell::Cell;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{PageTransitionEvent, VisibilityState};

use super::{registry, session};
use crate::words::origin::Reach;

/// Listens for the page's life.
pub fn listen() {
    session::begin();
    let Some(window) = web_sys::window() else {
        return;
    };
    let Some(document) = window.document() else {
        return;
    };
    // Hints, all of them: what they set off is cheap, and right at any time.
    for event in ["offline", "pageshow", "focus"] {
        EventListener::new(&window, event, |_| {
            registry::for_each(super::host::Host::refresh)
        })
        .forget();
    }
    EventListener::new(&window, "pageshow", |event| {
        if event.unchecked_ref::<PageTransitionEvent>().persisted() {
            session::begin();
        }
    })
    .forget();
    EventListener::new(&window, "online", |_| {
        registry::for_each(super::host::Host::reconnect)
    })
    .forget();
    EventListener::new(&document, "resume", |_| {
        registry::for_each(super::host::Host::refresh)
    })
    .forget();
    let seen = document.clone();
    EventListener::new(&document, "visibilitychange", move |_| {
        if seen.visibility_state() == VisibilityState::Visible {
            registry::for_each(super::host::Host::refresh);
        }
    })
    .forget();
    let leaving = window.clone();
    EventListener::new(&window, "pagehide", move |event| {
        session::leave();
        registry::for_each(super::host::Host::write_now);
        registry::for_each(super::host::Host::write_board_now);
        if event.unchecked_ref::<PageTransitionEvent>().persisted() {
            registry::for_each(super::host::Host::put_aside);
        }
        if let (Ok(path), Ok(top)) = (leaving.location().pathname(), leaving.scroll_y()) {
            session::set_scroll(&path, top);
        }
    })
    .forget();
}

/// Whether people elsewhere can open addresses of this page's site: see [`Reach`].
#[must_use]
pub fn reach() -> Reach {
    let host = web_sys::window().and_then(|window| window.location().hostname().ok());
    Reach::of(&host.unwrap_or_default())
}

/// Where the page came from: the base of links, such as `http://127.0.0.1:8080`.
#[must_use]
pub fn origin() -> String {
    web_sys::window()
        .and_then(|window| window.location().origin().ok())
        .unwrap_or_default()
}

thread_local! {
    /// How far the last try got, for which the page was too short.
    static REACHED: Cell<Option<f64>> = const { Cell::new(None) };
}

/// Scrolls to where the reader was before a reload: the page had nothing to scroll when the browser
/// tried. Only once: another screen starts at its top. As long as the page is not long enough yet,
/// and the reader has not scrolled either, it can be asked again.
pub fn scroll_back() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let Ok(path) = window.location().pathname() else {
        return;
    };
    let Some(top) = session::take_scroll(&path) else {
        return;
    };
    if REACHED
        .take()
        .is_some_and(|reached| window.scroll_y() != Ok(reached))
    {
        return;
    }
    window.scroll_to_with_x_and_y(0.0, top);
    if let Some(reached) = window.scroll_y().ok().filter(|reached| reached + 1.0 < top) {
        session::set_scroll(&path, top);
        REACHED.set(Some(reached));
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Lets the service worker keep the page, so that it reloads with no network. A development build
/// has none: it would show yesterday's page.
pub fn keep_for_offline() {
    if cfg!(debug_assertions) {
        return;
    }
    let Some(window) = web_sys::window() else {
        return;
    };
    // Absent on pages that are neither https nor localhost; web-sys would hand out `undefined` as
    // an object.
    let navigator = window.navigator();
    let has = js_sys::Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false);
    if has {
        // Refused in private windows of some browsers: the page works, it just does not reload
        // offline.
        let registering = navigator.service_worker().register("/sw.js");
        wasm_bindgen_futures::spawn_local(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(registering).await;
        });
    }
}
