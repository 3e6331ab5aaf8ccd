/* A one-time link gets the address at which this browser stands, and is copied
   by a button. Without script the path is shown as it is. */
(function () {
  'use strict';
  var doc = document;
  doc.querySelectorAll('[data-site-link]').forEach(function (el) { el.value = location.origin + el.value; });
  doc.querySelectorAll('[data-site-links]').forEach(function (el) { el.value = el.value.replace(/ \/join/g, ' ' + location.origin + '/join'); });
  doc.addEventListener('click', function (e) {
    var at = e.target.closest ? e.target.closest('[data-copy]') : null; if (!at) return;
    var from = doc.getElementById(at.getAttribute('data-copy')); if (!from) return;
    if (from.closest('details')) from.closest('details').open = true;
    from.select();
    var done = function () { at.lastChild.textContent = ' ' + at.getAttribute('data-copied'); };
    if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(from.value).then(done);
    else if (doc.execCommand('copy')) done();
  });
})();
