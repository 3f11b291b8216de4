// "Use my place": the device tells where it is, rounded to about a kilometre before it leaves the
// page, and remembers it on the device only. The finder works the same with a ZIP typed in.
(() => {
  "use strict";
  const form = document.querySelector("[data-finder]");
  const here = document.querySelector("[data-here]");
  if (!form || !here || !navigator.geolocation) return;

  const KEY = "finder-place";
  const near = form.elements.near;
  const use = here.querySelector("[data-use-place]");
  const forget = here.querySelector("[data-forget-place]");
  const note = here.querySelector("[data-place-note]");
  const read = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const write = (value) => {
    try {
      if (value) localStorage.setItem(KEY, value);
      else localStorage.removeItem(KEY);
    } catch {
      // A browser that keeps nothing asks again next time.
    }
    forget.hidden = !value;
  };
  const go = (place) => {
    near.value = place;
    form.requestSubmit();
  };

  here.hidden = false;
  forget.hidden = !read();
  use.addEventListener("click", () => {
    note.textContent = "";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const place = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
        write(place);
        go(place);
      },
      () => {
        note.textContent = note.dataset.failed;
      },
      { maximumAge: 600000, timeout: 10000 },
    );
  });
  forget.addEventListener("click", () => {
    write("");
    near.value = "";
    near.focus();
  });

  // Opened without a question, the page asks for what is next near the remembered place.
  const place = read();
  if (place && !location.search) go(place);
})();
