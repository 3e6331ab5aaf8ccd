// Copies what stands in an element (data-copy names it) and says so. Plain HTTP
// on the local network has no clipboard API: there the text is selected and
// copied the old way.
(function () {
  'use strict';
  function text(el) {
    if (el.matches('textarea,input')) return el.value.trim();
    var items = el.querySelectorAll('li');
    return items.length ? Array.prototype.map.call(items, function (li) { return li.textContent.trim(); }).join('\n') : el.textContent.trim();
  }
  function old(value) {
    var area = document.createElement('textarea');
    area.value = value;
    area.setAttribute('readonly', '');
    area.className = 'visually-hidden';
    document.body.appendChild(area);
    area.select();
    var ok = false;
    try { ok = document.execCommand('copy'); } catch (e) { ok = false; }
    area.remove();
    return ok;
  }
  document.addEventListener('click', function (e) {
    var button = e.target.closest && e.target.closest('[data-copy]');
    if (!button) return;
    var el = document.getElementById(button.getAttribute('data-copy'));
    if (!el) return;
    function done() {
      var said = document.getElementById('copied');
      if (said) said.textContent = said.getAttribute('data-said');
      var use = button.querySelector('use');
      if (use) use.setAttribute('href', use.getAttribute('href').replace(/#.*/, '#check'));
    }
    if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text(el)).then(done, function () { if (old(text(el))) done(); });
    else if (old(text(el))) done();
  });
})();
