//! Whether anybody is in reach, in the header: and the switch to be out of reach on purpose.

use yew::prelude::*;

use crate::engine::host::Host;
use crate::engine::snapshot::Connection;
use crate::words::amounts::count;

/// How the relay is.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whose.
    pub host: Host,
    /// How it is.
    pub connection: Connection,
}

/// The connection's state in a few words, and the button.
#[component]
pub fn ConnectionState(props: &Props) -> Html {
    let says = match props.connection {
        Connection::Off | Connection::Unreachable => "Offline".to_owned(),
        Connection::Connecting => "Connecting…".to_owned(),
        Connection::Up { others: 0 } => "Nobody else here".to_owned(),
        Connection::Up { others } => format!("{} here", count(u64::from(others), "other")),
    };
    let off = props.connection == Connection::Off;
    let switch = {
        let host = props.host.clone();
        Callback::from(move |_: MouseEvent| {
            if off {
                host.go_online()
            } else {
                host.go_offline()
            }
        })
    };
    let class = classes!(
        "state",
        props.connection.is_away().then_some("away"),
        (props.connection == Connection::Connecting).then_some("dialling")
    );
    html! {
        <>
            <span {class} data-test="connection"><i aria-hidden="true" />{ says }</span>
            <button type="button" class="btn small quiet" onclick={switch} data-test="go-offline">
                { if off { "Go online" } else { "Go offline" } }
            </button>
        </>
    }
}
