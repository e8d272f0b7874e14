//! The hook that brings a host's snapshots into a component.

use std::rc::Rc;

use yew::prelude::*;

use crate::engine::host::Host;
use crate::engine::snapshot::Snapshot;

/// The host's latest snapshot. The component is rendered anew with each.
#[hook]
pub fn use_snapshot(host: &Host) -> Rc<Snapshot> {
    let latest = use_state(|| host.snapshot());
    {
        let latest = latest.setter();
        use_effect_with(host.clone(), move |host| {
            latest.set(host.snapshot());
            let subscription = host.subscribe(Callback::from(move |snapshot| latest.set(snapshot)));
            move || drop(subscription)
        });
    }
    Rc::clone(&latest)
}
