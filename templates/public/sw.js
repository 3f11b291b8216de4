{% url 'help_now' as help_now %}{% url 'crisis' as crisis %}"use strict";
// Keeps the help pages, in each language, and what they look like. Fetched without cookies, so what
// is kept is what a stranger would see. Everything else passes by untouched.
const STORE = "help";
const PAGES = ["{{ help_now }}", "{{ crisis }}"];
const FILES = [
  "{% static 'css/plain.css' %}",
  "{% static 'css/tokens.css' %}",
  "{% static 'css/main.css' %}",
  "{% static 'css/frame.css' %}",
  "{% static 'css/controls.css' %}",
  "{% static 'css/components.css' %}",
  "{% static 'css/lists.css' %}",
  "{% static 'css/data.css' %}",
  "{% static 'img/icons.svg' %}",
];
const ADDRESSES = [...PAGES, ...PAGES.flatMap((page) => [`${page}?lang=en`, `${page}?lang=es`]), ...FILES];

const keep = async (address) => {
  const response = await fetch(address, { cache: "no-cache", credentials: "omit" });
  if (response.ok) await (await caches.open(STORE)).put(address, response);
};

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.allSettled(ADDRESSES.map(keep)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const address = url.pathname + url.search;
  const ours = url.origin === self.location.origin && event.request.method === "GET" && ADDRESSES.includes(address);
  if (!ours) return;
  event.respondWith(
    fetch(event.request).catch(async () => (await caches.match(address)) || Response.error()),
  );
});
