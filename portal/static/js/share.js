// Share and print one meeting. Without this script the text link and the browser's own menu do.
(() => {
  "use strict";
  document.querySelectorAll("[data-share]").forEach((button) => {
    button.hidden = !navigator.share && !navigator.clipboard;
    button.addEventListener("click", async () => {
      const { share: url, title, done } = button.dataset;
      try {
        if (navigator.share) {
          await navigator.share({ title, url });
        } else {
          await navigator.clipboard.writeText(url);
          button.querySelector("span").textContent = done;
        }
      } catch {
        // Whoever closes the choice of apps shares nothing.
      }
    });
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
