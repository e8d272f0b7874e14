// The service worker: the page opens and reloads with no network and no relay.
//
// A template. `cargo xtask dress` fills in the two marked constants at build time and writes the
// result beside the built files. A build's files never change, so a cache belongs to one build.
"use strict";

// The name of this build's cache, derived from what the build holds.
const PREFIX = "election-voter-";
const CACHE = PREFIX + "__BUILD__";
// The page ("./") and every file that it needs.
const FILES = ["__FILES__"];
// How long a navigation waits for the network before the kept page answers, in milliseconds.
const PATIENCE = 3000;
// What is the relay's alone: never kept, never answered from here.
const RELAY = ["/relay/", "/healthz"];

self.addEventListener("install", (event) => {
  // "no-cache" asks the server whether the browser's own copy is still right: what the first visit
  // has fetched a moment ago is not fetched twice, and an old page is never kept.
  const requests = FILES.map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(
    caches.open(CACHE)
      .then((cache) => cache.addAll(requests))
      .then(() => self.skipWaiting())
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== CACHE))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (RELAY.some((prefix) => url.pathname.startsWith(prefix))) return;
  event.respondWith(request.mode === "navigate" ? page(request) : file(request));
});

// The newest page if the network is quick and well, else the kept one.
async function page(request) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(request, { signal: patience.signal });
    if (response.status < 500) return response;
  } catch {
    // No network, no relay, or too slow: the kept page answers.
  } finally {
    clearTimeout(timer);
  }
  return (await kept("./")) ?? Response.error();
}

// A file's name carries a hash of what it holds, so a kept one is as good as a new one.
async function file(request) {
  return (await kept(request)) ?? fetch(request);
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return cache.match(request);
}
