/* A field in which a person is looked for: what is typed asks the server, what
   is picked fills the hidden value. Without script the text itself is sent and
   the server says whom it means. */
(function () {
  'use strict';
  var doc = document, wait = null, asked = 0, composing = false;
  function parts(input) {
    var box = input.closest('[data-find]');
    return { box: box, input: input, value: box.querySelector('input[type=hidden]'), list: box.querySelector('.find-list') };
  }
  function fieldOf(e) { var el = e.target; return el && el.matches && el.matches('[data-find] input:not([type=hidden])') ? parts(el) : null; }
  function options(f) { return Array.prototype.slice.call(f.list.querySelectorAll('[role=option]')); }
  function dress(f) {
    if (f.input.getAttribute('role') === 'combobox') return;
    f.input.setAttribute('role', 'combobox'); f.input.setAttribute('aria-autocomplete', 'list');
    f.input.setAttribute('aria-controls', f.list.id); f.input.setAttribute('aria-expanded', 'false');
    f.list.setAttribute('role', 'listbox');
    var label = f.box.querySelector('label'); if (label) f.list.setAttribute('aria-label', label.firstChild.textContent.trim());
  }
  function shut(f) { clearTimeout(wait); asked++; f.list.hidden = true; f.input.setAttribute('aria-expanded', 'false'); f.input.removeAttribute('aria-activedescendant'); }
  function mark(f, to) {
    var list = options(f);
    list.forEach(function (o, i) { o.setAttribute('aria-selected', String(i === to)); });
    if (!list[to]) { f.input.removeAttribute('aria-activedescendant'); return; }
    f.input.setAttribute('aria-activedescendant', list[to].id); list[to].scrollIntoView({ block: 'nearest' });
  }
  function at(f) { return options(f).findIndex(function (o) { return o.getAttribute('aria-selected') === 'true'; }); }
  function pick(f, o) {
    f.value.value = o.getAttribute('data-value'); f.input.value = o.getAttribute('data-text');
    f.input.setAttribute('data-picked', f.input.value);
    shut(f);
    f.input.dispatchEvent(new Event('change', { bubbles: true }));
  }
  function ask(f, words) {
    var mine = ++asked, url = f.box.getAttribute('data-find') + '&q=' + encodeURIComponent(words);
    var name = f.box.getAttribute('data-find-with'), beside = name && f.input.form && f.input.form.elements[name];
    if (beside && beside.value) url += '&' + name + '=' + encodeURIComponent(beside.value);
    fetch(url, { credentials: 'same-origin', headers: { 'HX-Request': 'true' } }).then(function (r) { return r.ok ? r.text() : ''; }, function () { return ''; }).then(function (html) {
      if (mine !== asked || doc.activeElement !== f.input || html.indexOf('data-found') < 0) return;
      f.list.replaceChildren.apply(f.list, new DOMParser().parseFromString(html, 'text/html').body.childNodes);
      options(f).forEach(function (o, i) { o.id = f.list.id + i; });
      f.list.hidden = false; f.input.setAttribute('aria-expanded', 'true');
      mark(f, words && options(f).length ? 0 : -1);
    });
  }
  function soon(f) {
    clearTimeout(wait);
    if (composing) return;
    wait = setTimeout(function () { ask(f, f.input.value.trim()); }, 200);
  }
  doc.addEventListener('compositionstart', function () { composing = true; });
  doc.addEventListener('compositionend', function (e) { composing = false; var f = fieldOf(e); if (f) soon(f); });
  doc.addEventListener('focusin', function (e) { var f = fieldOf(e); if (!f) return; dress(f); if (f.input.value) f.input.select(); });
  doc.addEventListener('click', function (e) { var f = fieldOf(e); if (f && f.list.hidden) { dress(f); ask(f, ''); } });
  doc.addEventListener('input', function (e) { var f = fieldOf(e); if (f) { dress(f); soon(f); } });
  doc.addEventListener('focusout', function (e) { var f = fieldOf(e); if (f) shut(f); });
  doc.addEventListener('mousedown', function (e) {
    var o = e.target.closest ? e.target.closest('.find-list') : null; if (!o) return;
    e.preventDefault(); /* the field keeps the focus */
    var one = e.target.closest('[role=option]');
    if (one && e.button === 0) pick(parts(o.closest('[data-find]').querySelector('input:not([type=hidden])')), one);
  });
  doc.addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229) return;
    var f = fieldOf(e); if (!f) return;
    var list = options(f), here = f.list.hidden ? -1 : at(f);
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault(); dress(f);
      if (f.list.hidden) { ask(f, f.input.getAttribute('data-picked') === f.input.value ? '' : f.input.value.trim()); return; }
      if (list.length) mark(f, (here + (e.key === 'ArrowDown' ? 1 : -1) + list.length) % list.length);
    } else if (e.key === 'Enter') {
      if (here >= 0) { e.preventDefault(); pick(f, list[here]); }
    } else if (e.key === 'Escape') {
      if (!f.list.hidden) { e.preventDefault(); e.stopPropagation(); shut(f); }
    } else if (e.key === 'Tab' && here >= 0 && f.input.value.trim() && f.input.getAttribute('data-picked') !== f.input.value) pick(f, list[here]);
  }, true);
})();
