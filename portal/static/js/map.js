// The map of the finder: the same rows as on the list below it. Markers are buttons that keys reach.
// Without this script the list says all there is.
(() => {
  "use strict";
  let map = null;

  const rowsOf = (results) =>
    [...results.querySelectorAll("[data-at]")].map((row) => {
      const link = row.querySelector(".meeting-name a");
      const when = row.querySelector(".meeting-when");
      return {
        at: row.dataset.at.split(",").map(Number),
        name: link.textContent.trim(),
        href: link.getAttribute("href"),
        when: when.textContent.replace(/\s+/g, " ").trim(),
      };
    });

  // Several meetings in one room share a marker.
  const byPlace = (rows) => {
    const places = new Map();
    rows.forEach((row) => {
      const key = row.at.map((part) => part.toFixed(4)).join();
      places.set(key, [...(places.get(key) ?? []), row]);
    });
    return [...places.values()];
  };

  const listOf = (rows) => {
    const list = document.createElement("ul");
    list.className = "map-list";
    rows.forEach((row) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = row.href;
      link.textContent = row.name;
      const when = document.createElement("span");
      when.textContent = row.when;
      item.append(link, document.createElement("br"), when);
      list.append(item);
    });
    return list;
  };

  const mark = (rows) => {
    const words = rows.map((row) => `${row.name}, ${row.when}`).join("; ");
    const icon = L.divIcon({
      className: "map-mark",
      html: `<span>${rows.length > 1 ? rows.length : ""}</span>`,
      iconSize: [32, 32],
    });
    const marker = L.marker(rows[0].at, { icon, title: rows.map((row) => row.name).join(", ") });
    const list = listOf(rows);
    marker.bindPopup(list);
    marker.on("add", () => marker.getElement().setAttribute("aria-label", words));
    // Keys go on inside what they opened, and back to where they came from.
    marker.on("popupopen", ({ popup }) => popup.getElement().querySelector("a").focus());
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      marker.closePopup();
      marker.getElement().focus();
    });
    return marker;
  };

  const draw = () => {
    const box = document.querySelector("[data-map]");
    const results = document.getElementById("results");
    map?.remove();
    map = null;
    if (!box || !results) return;
    const rows = rowsOf(results);
    if (!rows.length) return;
    box.hidden = false;
    map = L.map(box, {
      scrollWheelZoom: false,
      zoomAnimation: false,
      zoomControl: false,
      fadeAnimation: false,
    });
    // At the bottom, where no list of meetings opens beneath it.
    L.control.zoom({ position: "bottomright" }).addTo(map);
    map.attributionControl.setPrefix(false);
    if (box.dataset.tiles) {
      L.tileLayer(box.dataset.tiles, { attribution: box.dataset.credit, maxZoom: 19 }).addTo(map);
    }
    L.control.scale().addTo(map);
    const points = byPlace(rows).map((place) => mark(place).addTo(map).getLatLng());
    if (box.dataset.center) {
      const center = box.dataset.center.split(",").map(Number);
      L.circleMarker(center, { radius: 7, className: "map-here", interactive: false }).addTo(map);
      points.push(L.latLng(center));
    }
    map.fitBounds(L.latLngBounds(points).pad(0.1), { maxZoom: 15, animate: false });
  };

  draw();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "results") draw();
  });
})();
