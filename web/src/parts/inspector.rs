//! The replica's inside, for those who want to see how it works.

use std::rc::Rc;

use election_core::replica::view::Stats;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::cover::Cover;
use crate::engine::host::Host;
use crate::engine::snapshot::Snapshot;
use crate::words::amounts::{ago, bytes};

/// What is looked into.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whose inside.
    pub host: Host,
    /// The poll as of now.
    pub now: Rc<Snapshot>,
    /// When it is closed.
    pub on_close: Callback<()>,
}

/// The drawer. It takes the focus when it opens; Escape closes it.
#[component]
pub fn Inspector(props: &Props) -> Html {
    let Props {
        host,
        now,
        on_close,
    } = props;
    let heading = use_node_ref();
    {
        let heading = heading.clone();
        use_effect_with(host.clone(), move |host| {
            host.want(|wants| wants.inside = true);
            if let Some(heading) = heading.cast::<HtmlElement>() {
                let _ = heading.focus();
            }
            let host = host.clone();
            move || host.want(|wants| wants.inside = false)
        });
    }
    let cover = use_mut_ref(|| None::<Cover>);
    {
        let cover = cover.clone();
        use_effect_with((), move |()| {
            cover.replace(Cover::new());
            move || drop(cover.take())
        });
    }
    let on_close = {
        let close = on_close.clone();
        Callback::from(move |()| {
            // First, so that the page can take the focus back.
            drop(cover.take());
            close.emit(());
        })
    };
    let escape = {
        let close = on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close.emit(());
            }
        })
    };
    let close = {
        let close = on_close.clone();
        Callback::from(move |_: MouseEvent| close.emit(()))
    };
    html! {
        <aside class="drawer" aria-labelledby="inspector" onkeydown={escape} data-test="inspector">
            <div class="row apart">
                <h2 id="inspector" ref={heading} tabindex="-1">{ "This tab's replica" }</h2>
                <button type="button" class="dismiss" aria-label="Close the inspector" onclick={close}>{ "✕" }</button>
            </div>
            { inside(now) }
        </aside>
    }
}

fn inside(now: &Snapshot) -> Html {
    let Some(inside) = &now.inside else {
        return html! { <p>{ "…" }</p> };
    };
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let line = |name: &str, value: String| html! { <div><dt>{ name }</dt><dd class="code">{ value }</dd></div> };
    let state = now.state_hash.unwrap_or_default();
    html! {
        <>
            <dl class="lines">
                { line("Replica, until the page closes", inside.replica.to_string()) }
                { line("Name on this device", inside.local.clone()) }
                <div><dt>{ "Voter's key" }</dt><dd class="code" data-test="voter-key">{ now.voter.map(|key| key.to_string()) }</dd></div>
                { line("Ops held", inside.ops.to_string()) }
                <div><dt>{ "State hash" }</dt><dd class="code" data-test="state-hash">{ hex(&state) }</dd></div>
                { line("Digest, sent with every frame", format!("{} + {} ops", hex(&state[..16]), inside.ops)) }
                { line("Saved on this device", if now.unsaved.is_some() { "no" } else { "yes" }.to_owned()) }
            </dl>
            <h3>{ format!("Others heard of: {}", inside.peers.len()) }</h3>
            if !inside.peers.is_empty() {
                <div class="scroll" tabindex="0" role="group" aria-label="Others heard of">
                <table>
                    <thead><tr><th scope="col">{ "Replica" }</th><th scope="col">{ "Agrees" }</th><th scope="col" class="n">{ "Ops" }</th><th scope="col">{ "Heard" }</th></tr></thead>
                    <tbody>{ for inside.peers.iter().take(50).map(|peer| html! {
                        <tr key={peer.replica.to_string()}>
                            <th scope="row" class="code">{ &peer.replica.to_string()[..8] }</th>
                            <td>{ match (peer.agrees, peer.syncing) { (true, _) => "yes", (_, true) => "comparing", _ => "no" } }</td>
                            <td class="n">{ peer.ops }</td>
                            <td>{ ago(inside.at - peer.heard) }</td>
                        </tr>
                    }) }</tbody>
                </table>
                </div>
            }
            <h3>{ format!("Held back: {}", inside.held_back.len()) }</h3>
            if !inside.held_back.is_empty() {
                <ul class="held">{ for inside.held_back.iter().take(20).map(|held| html! {
                    <li><span class="code">{ &held.id.to_string()[..8] }</span>{ " waits for " }{ &held.waits_for }</li>
                }) }</ul>
            }
            <h3>{ "Since the page was opened" }</h3>
            <dl class="lines">{ for counters(&inside.stats, inside.unsent).into_iter().map(|(name, value)| line(name, value)) }</dl>
        </>
    }
}

fn counters(stats: &Stats, unsent: u64) -> Vec<(&'static str, String)> {
    vec![
        (
            "Frames out",
            format!("{} ({})", stats.frames_out, bytes(stats.bytes_out)),
        ),
        (
            "Frames in",
            format!("{} ({})", stats.frames_in, bytes(stats.bytes_in)),
        ),
        (
            "Dropped unsent: the line was slow or gone",
            unsent.to_string(),
        ),
        ("Frames that do not open", stats.unsealed.to_string()),
        ("Frames that break the layout", stats.malformed.to_string()),
        ("Ops that break a rule", stats.invalid_ops.to_string()),
        ("Wrong signatures", stats.bad_signatures.to_string()),
        (
            "Frames from connections that sent one",
            stats.muted.to_string(),
        ),
        ("Ops that were here already", stats.duplicates.to_string()),
        ("Ops without room", stats.full.to_string()),
        ("Dropped while held back", stats.held_dropped.to_string()),
        (
            "Not passed on, left to comparing",
            stats.gossip_dropped.to_string(),
        ),
        ("Comparisons that ended well", stats.syncs.to_string()),
        ("Comparisons given up", stats.syncs_failed.to_string()),
    ]
}
