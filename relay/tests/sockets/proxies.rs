//! The recipes of docs/operations.md, with the proxies themselves: what is written there is what is
//! tried.
//!
//! Of a recipe only ports and names are put in place, and TLS is left out. `cargo xtask test`
//! installs the proxies where that is one command; `NGINX` and `CADDY` may name them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use election_envelope::Notice;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::support::{Client, Folder, Received, program, soon, started};

const OPERATIONS: &str = include_str!("../../../docs/operations.md");

/// The one indented block of the page that has this in it, without its indentation.
fn block_with(text: &str) -> String {
    let mut blocks = vec![String::new()];
    for line in OPERATIONS.lines() {
        match line.strip_prefix("    ") {
            Some(code) => *blocks.last_mut().unwrap() += &format!("{code}\n"),
            None if line.is_empty() => *blocks.last_mut().unwrap() += "\n",
            None => blocks.push(String::new()),
        }
    }
    let mut found = blocks.into_iter().filter(|block| block.contains(text));
    let block = found.next().expect("the page has such a block");
    assert!(found.next().is_none(), "only one block has {text}");
    block
}

/// Replaces what must be there.
fn put(text: &mut String, old: &str, new: &str) {
    assert!(text.contains(old), "the recipe has {old}:\n{text}");
    *text = text.replace(old, new);
}

/// The relay with the flags that the page names for it behind a proxy; returns it with its port.
async fn start_relay() -> (Child, u16) {
    let command = block_with("--proxy 127.0.0.1");
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("target/release/election-relay"));
    let mut flags = Vec::new();
    while let (Some(flag), Some(value)) = (words.next(), words.next()) {
        match flag {
            "--listen" => flags.extend(["--listen", "127.0.0.1:0"]),
            "--dist" => {}
            flag => flags.extend([flag, value]),
        }
    }
    let (relay, address, _) = soon("the ready line", started(program(flags))).await;
    (relay, address.port())
}

/// A proxy's program: named by a variable, or on PATH, or where Debian puts what is for
/// administrators.
fn proxy(variable: &str, name: &str) -> PathBuf {
    if let Some(named) = std::env::var_os(variable) {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("{name} is not here: apt-get install {name}, or set {variable}"))
}

/// A port that nobody has.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

async fn until_it_listens(port: u16) -> SocketAddr {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    soon("the proxy listens", async {
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    address
}

/// Five hundred tabs behind one address are let in, and a few more; then that address has its share
/// of the room, whatever it claims, and another one comes in.
async fn tells_clients_apart(proxy: SocketAddr) {
    let school = (5, 5);
    let mut tabs = Vec::new();
    for _ in 0..640 {
        let mut tab = Client::connect_from(school, proxy, "room", None, None).await;
        tab.welcome().await;
        tabs.push(tab);
    }
    for claim in [None, Some("127.0.5.6"), Some("127.0.0.1")] {
        let mut one_more = Client::connect_from(school, proxy, "room", None, claim).await;
        assert_eq!(one_more.receive().await, Received::Notice(Notice::RoomFull));
    }
    let mut another = Client::connect_from((5, 6), proxy, "room", None, None).await;
    let handle = another.welcome().await;
    tabs[0].reply(handle, b"through the proxy").await;
    assert_eq!(another.receive_payload().await, b"through the proxy");
}

#[tokio::test]
async fn nginx_as_operations_md_has_it_tells_clients_apart() {
    let (_relay, relay_port) = start_relay().await;
    let port = free_port().await;
    let mut recipe = block_with("proxy_pass");
    put(
        &mut recipe,
        "listen 443 ssl;",
        &format!("listen 127.0.0.1:{port};"),
    );
    put(
        &mut recipe,
        "    ssl_certificate ",
        "    # ssl_certificate ",
    );
    put(
        &mut recipe,
        "    ssl_certificate_key ",
        "    # ssl_certificate_key ",
    );
    put(
        &mut recipe,
        "127.0.0.1:8080",
        &format!("127.0.0.1:{relay_port}"),
    );
    let folder = Folder::with(&[("recipe.conf", recipe.as_bytes())]);
    let path = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {path}/{what};\n"))
        .concat();
    let around = format!(
        "daemon off; master_process off; pid {path}/pid; error_log stderr;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n{temporary}include {path}/recipe.conf;\n}}\n"
    );
    std::fs::write(folder.path().join("nginx.conf"), around).unwrap();
    let _nginx = Command::new(proxy("NGINX", "nginx"))
        .arg("-p")
        .arg(folder.path())
        .args(["-e", "stderr", "-c", "nginx.conf"])
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tells_clients_apart(until_it_listens(port).await).await;
}

#[tokio::test]
async fn caddy_as_operations_md_has_it_tells_clients_apart() {
    let (_relay, relay_port) = start_relay().await;
    let port = free_port().await;
    let mut recipe = block_with("reverse_proxy");
    let site = format!("http://polls.example.org:{port} {{");
    put(&mut recipe, "polls.example.org {", &site);
    put(
        &mut recipe,
        "127.0.0.1:8080",
        &format!("127.0.0.1:{relay_port}"),
    );
    // On all addresses, the port could be that of some client of another test.
    let config = format!("{{\n    admin off\n    default_bind 127.0.0.1\n}}\n{recipe}");
    let folder = Folder::with(&[("Caddyfile", config.as_bytes())]);
    let _caddy = Command::new(proxy("CADDY", "caddy"))
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(folder.path().join("Caddyfile"))
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tells_clients_apart(until_it_listens(port).await).await;
}
