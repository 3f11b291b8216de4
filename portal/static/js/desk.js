// Lists of people by keyboard. Every key presses what a finger could press; nothing is lost without it.
(() => {
  "use strict";
  const OFF = "keys-off";
  const help = document.querySelector("[data-keys-help]");
  const dialog = help?.querySelector("dialog");
  const isOn = document.querySelector("[data-keys-on]");
  if (!dialog) return;

  help.hidden = false;
  isOn.checked = localStorage.getItem(OFF) === null;
  isOn.addEventListener("change", () => {
    if (isOn.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  help.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());

  // Who is meant stays meant while the list is drawn anew; where they have left it, the next one is.
  const people = () => [...document.querySelectorAll("[data-keys] > li")];
  const link = (item) => item?.querySelector("a.row-title, .person-name a, a");
  let place = -1;
  document.addEventListener("focusin", (event) => {
    const index = people().indexOf(event.target.closest?.("[data-keys] > li"));
    if (index >= 0) place = index;
  });
  const go = (index) => {
    const all = people();
    if (!all.length) return;
    place = Math.max(0, Math.min(index, all.length - 1));
    const target = link(all[place]);
    target?.focus();
    all[place].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!event.target.querySelector?.("[data-keys]") || place < 0) return;
    if (document.activeElement === document.body) go(place);
  });

  const press = (selector, within) => {
    const found = within?.querySelector(selector);
    found?.click();
    return Boolean(found);
  };
  const deeds = {
    j: () => go(place + 1),
    k: () => go(place - 1),
    c: (item) => press('[data-key="c"]', item),
    t: (item) => press('[data-key="t"]', item),
    o: (item) => press('[data-key="o"]', item),
    d: (item) => press('[data-key="d"]', item),
    r: (item) =>
      item?.matches(".entry")
        ? press('[data-key="r"]', item)
        : press('[data-key="read-all"]', document),
    u: () => press('[data-key="u"]', document),
    "/": () => document.querySelector('.filters [type="search"]')?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
    } else if (isOn.checked && Object.hasOwn(deeds, event.key)) {
      event.preventDefault();
      deeds[event.key](people()[place]);
    }
  });

  // What opens under a person is where one goes on.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.matches?.(".person-place")) {
      event.target.querySelector("a.button, button, textarea, input:not([type=hidden])")?.focus();
    }
  });
})();
