// The upload page: a file dropped on the field is as good as a chosen one, and
// the field says what was taken. Without this script the plain field works.
(() => {
  const bind = (root) => {
    for (const zone of root.querySelectorAll("[data-drop]:not([data-bound])")) {
      zone.dataset.bound = "1";
      const input = zone.querySelector("input[type=file]");
      const over = (on) => zone.classList.toggle("is-over", on);
      for (const type of ["dragenter", "dragover"]) {
        zone.addEventListener(type, (e) => {
          e.preventDefault();
          over(true);
        });
      }
      zone.addEventListener("dragleave", () => over(false));
      zone.addEventListener("drop", (e) => {
        e.preventDefault();
        over(false);
        if (e.dataTransfer && e.dataTransfer.files.length > 0) {
          input.files = e.dataTransfer.files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
        }
      });
    }
  };
  bind(document);
  document.addEventListener("htmx:load", (e) => bind(e.target));
})();
