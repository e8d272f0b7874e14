//! When something comes into sight.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

/// Looks out for an element until it is dropped.
pub struct Sight {
    observer: IntersectionObserver,
    _seen: Closure<dyn Fn(Array)>,
}

impl Sight {
    /// Calls back whenever the element comes into sight, at once if it is. `None` where browsers
    /// cannot tell.
    #[must_use]
    pub fn of(element: &Element, seen: impl Fn() + 'static) -> Option<Self> {
        let seen = Closure::<dyn Fn(Array)>::new(move |changes: Array| {
            let is_in = |change: wasm_bindgen::JsValue| {
                let change = change.unchecked_into::<IntersectionObserverEntry>();
                change.is_intersecting()
            };
            if changes.iter().any(is_in) {
                seen();
            }
        });
        let observer = IntersectionObserver::new(seen.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self {
            observer,
            _seen: seen,
        })
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
