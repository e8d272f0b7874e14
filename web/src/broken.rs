//! The last resort: a calm screen when this program has a bug. It stands ready in index.html, because after a panic
//! nothing of Yew can be relied on.

use gloo_events::EventListener;

/// From now on a panic shows that screen, and writes what happened to the console.
pub fn show_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
        let Some(window) = web_sys::window() else {
            return;
        };
        let Some(page) = window.document() else {
            return;
        };
        // A second panic, out of this hook, would end in a loop: ignore what fails.
        if let Some(app) = page.get_element_by_id("app") {
            let _ = app.set_attribute("hidden", "");
        }
        if let Some(screen) = page.get_element_by_id("broken") {
            let _ = screen.remove_attribute("hidden");
        }
        if let Some(button) = page.get_element_by_id("reload") {
            EventListener::new(&button, "click", move |_| {
                let _ = window.location().reload();
            })
            .forget();
        }
    }));
}
