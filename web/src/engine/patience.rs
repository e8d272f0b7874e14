//! Waiting, but not for ever: a browser's database may never answer, and a long piece of work must
//! let the page breathe.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::MessageChannel;

/// What `work` gives, or `None` after so many milliseconds. The work goes on then, with nobody
/// waiting for it: what the browser was asked cannot be taken back.
pub async fn within<T: 'static>(
    milliseconds: u32,
    work: impl Future<Output = T> + 'static,
) -> Option<T> {
    let shared = Rc::new(RefCell::new((None::<T>, None::<Waker>)));
    let done = Rc::clone(&shared);
    spawn_local(async move {
        let result = work.await;
        let mut shared = done.borrow_mut();
        shared.0 = Some(result);
        if let Some(waker) = shared.1.take() {
            waker.wake();
        }
    });
    let mut late = pin!(TimeoutFuture::new(milliseconds));
    poll_fn(move |context| {
        let mut shared = shared.borrow_mut();
        if let Some(result) = shared.0.take() {
            return Poll::Ready(Some(result));
        }
        shared.1 = Some(context.waker().clone());
        drop(shared);
        late.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// Lets the browser do what waits: paint, and hear the person. Not a timer, which waits for 4 ms at
/// the least.
pub async fn breathe() {
    let Ok(channel) = MessageChannel::new() else {
        return TimeoutFuture::new(0).await;
    };
    let heard = js_sys::Promise::new(&mut |resolve, _| {
        channel.port1().set_onmessage(Some(&resolve));
    });
    // The port is open and the message is nothing: it can be posted.
    let _ = channel.port2().post_message(&JsValue::NULL);
    let _ = JsFuture::from(heard).await;
    channel.port1().close();
}
