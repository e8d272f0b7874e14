//! One writer a replica: a Web Lock, held for the page's life.
//!
//! A duplicated tab copies sessionStorage, and with it the name of its replica. Two writers under one voter's key
//! would sign two ballots under one sequence number, and spoil both.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// `navigator.locks`; web-sys has it only behind its unstable flag.
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// What came of asking for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is this page's until the page is gone.
    Here,
    /// Another tab has it.
    Elsewhere,
    /// This browser has no locks, or gives none to a page that is neither https nor localhost.
    NoLocks,
}

/// Takes the lock of a replica if nobody has it, and does not wait.
pub async fn take(replica: &str) -> Held {
    let Some(locks) = manager() else {
        return Held::NoLocks;
    };
    let answer = Promise::new(&mut |resolve, _| {
        let refuse = resolve.clone();
        let granted = Closure::once_into_js(move |lock: JsValue| {
            let held = !lock.is_null();
            // Nobody listens to a promise's executor failing, and resolve does not throw.
            let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::from_bool(held));
            // The lock is held until the promise that is given back settles: this one never does.
            if held {
                Promise::new(&mut |_, _| ()).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        let options = Object::new();
        let set = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
        let asked = set.and_then(|_| {
            locks.request(
                &format!("election-voter/replica/{replica}"),
                &options,
                granted.unchecked_ref(),
            )
        });
        // A page that may not use locks is refused here, and `granted` is never called.
        let refused = Closure::once(move |_: JsValue| {
            let _ = refuse.call1(&JsValue::UNDEFINED, &JsValue::FALSE);
        });
        if let Ok(asked) = asked {
            drop(asked.catch(&refused));
        }
        refused.forget();
    });
    match JsFuture::from(answer).await {
        Ok(held) if held.is_truthy() => Held::Here,
        _ => Held::Elsewhere,
    }
}

fn manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}
