// What pages gain from a script. Everything works without it.
(() => {
  "use strict";
  const root = document.documentElement;

  // Quick exit: the page is gone at once, and so is its place in the history.
  const leave = (form) => {
    root.hidden = true;
    document.title = "";
    navigator.sendBeacon(form.action);
    location.replace(form.dataset.exit);
  };

  // Escape, three times within a second and a half, leaves.
  let presses = [];
  document.addEventListener("keydown", (event) => {
    presses = event.key === "Escape" ? [...presses.slice(-2), event.timeStamp] : [];
    const form = document.querySelector("form[data-exit]");
    if (form && presses.length === 3 && event.timeStamp - presses[0] < 1500) leave(form);
  });

  // The second of two clicks on a button does nothing. Caught on the way down, before htmx hears it.
  const free = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll(".is-sent").forEach((button) => button.classList.remove("is-sent"));
  };
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.matches("[data-exit]")) {
        event.preventDefault();
        leave(form);
      } else if (form.dataset.sent) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else if (form.method === "post") {
        form.dataset.sent = "true";
        event.submitter?.classList.add("is-sent");
        setTimeout(free, 8000, form);
      }
    },
    true,
  );
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form) free(form);
  });

  // A page brought back by the Back button may be somebody's from before the log-out.
  addEventListener("pageshow", (event) => {
    if (event.persisted && "private" in root.dataset) location.reload();
    document.querySelectorAll("form[data-sent]").forEach(free);
  });

  // A whole page in answer to a part (the log-in, when the session ended) is shown as a page. From
  // there it goes back to this page, not to where a form went: to <form data-page>, a page of its own.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (target !== document.body && /^\s*<!doctype html/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      const address = new URL(xhr.responseURL);
      if (requestConfig.verb !== "get" && address.searchParams.has("next")) {
        const here = location.pathname + location.search;
        const form = requestConfig.elt.closest("form[data-page]");
        const page = form ? `${form.getAttribute("action")}?next=${encodeURIComponent(here)}` : here;
        address.searchParams.set("next", page);
      }
      location.assign(address);
    }
  });

  // What went wrong on the way is said where messages are said.
  const complain = () => {
    const place = document.getElementById("messages");
    if (!place) return;
    const note = document.createElement("p");
    note.className = "alert tone-safety";
    note.textContent = place.dataset.problem;
    place.replaceChildren(note);
  };
  document.addEventListener("htmx:responseError", complain);
  document.addEventListener("htmx:sendError", complain);

  // <select data-browser-zone>: an empty choice of time zone begins with the browser's own.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.querySelectorAll("[data-browser-zone]").forEach((field) => {
    if (!field.value) field.value = zone;
  });

  // [data-begin-here]: a page of which the end is wanted first, unless its address says otherwise.
  const here = document.querySelector("[data-begin-here]");
  if (here && !window.location.hash) {
    here.scrollIntoView({ block: "end" });
  }

  // [data-newest-last]: a box that scrolls begins at its end.
  const toNewest = (part) => {
    part.querySelectorAll("[data-newest-last]").forEach((box) => {
      box.scrollTop = box.scrollHeight;
    });
  };
  toNewest(document);
  document.addEventListener("htmx:afterSettle", (event) => toNewest(event.target));

  // <button hidden data-copy="#id">: copies the words of another element, and says that it has.
  const showCopies = (part) => {
    part.querySelectorAll("[data-copy]").forEach((button) => {
      button.hidden = !navigator.clipboard;
    });
  };
  showCopies(document);
  document.addEventListener("htmx:afterSettle", (event) => showCopies(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    const words = button.querySelector("span");
    if (words && button.dataset.copied) words.textContent = button.dataset.copied;
  });

  // <... hidden data-passkey>: what asks the device for a passkey, where it has that.
  document.querySelectorAll("[data-passkey]").forEach((part) => {
    part.hidden = !window.PublicKeyCredential;
  });

  // The help pages stay readable without a connection, for people who use the portal or need help.
  if (root.dataset.offline && "serviceWorker" in navigator) {
    navigator.serviceWorker.register(root.dataset.offline).catch(() => {});
  }
})();
