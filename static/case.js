/* Yike 驿客: a case registered during the call, without a mouse. Who calls is
   found by typing, what is known of them and the way of the parcel come beside
   the form, the promised time is asked anew as choices change. What is typed
   is kept by visit.js. Without this script the form is a plain form. */
(function () {
  'use strict';
  var doc = document, form = doc.querySelector('form[data-case]');
  if (!form || !window.fetch || !window.DOMParser) return;
  function $(sel, within) { return (within || form).querySelector(sel); }
  function $$(sel, within) { return Array.prototype.slice.call((within || form).querySelectorAll(sel)); }
  var box = $('[data-case-q]'), hits = doc.getElementById('case-hits'), client = doc.getElementById('case-client');
  var who = form.elements.customer, numbers = form.elements.numbers, asked = 0, wait = null, found = null;

  function get(url, into) {
    return fetch(url, { credentials: 'same-origin', headers: { 'HX-Request': 'true' } }).then(function (r) { return r.ok && !r.redirected ? r.text() : null; }, function () { return null; }).then(function (html) {
      if (html === null || !into) return false;
      into.replaceChildren.apply(into, new DOMParser().parseFromString(html, 'text/html').body.childNodes);
      return true;
    });
  }
  function changed(el) { el.dispatchEvent(new Event('change', { bubbles: true })); }
  function chosen(name) { var el = $('input[name="' + name + '"]:checked'); return el ? el.value : ''; }

  /* ---- who calls ---- */
  function options() { return hits ? $$('[role=option]', hits) : []; }
  function mark(to) {
    options().forEach(function (o, i) { o.id = 'case-hit-' + i; o.setAttribute('aria-selected', String(i === to)); });
    var at = options()[to];
    box.setAttribute('aria-expanded', String(options().length > 0));
    if (!at) { box.removeAttribute('aria-activedescendant'); return; }
    box.setAttribute('aria-activedescendant', at.id); at.scrollIntoView({ block: 'nearest' });
  }
  function at() { return options().findIndex(function (o) { return o.getAttribute('aria-selected') === 'true'; }); }
  function search() {
    var mine = ++asked, q = box.value.trim();
    if (!q) { hits.textContent = ''; found = null; mark(-1); return Promise.resolve(); }
    var part = doc.createElement('div');
    return get('/cases/callers?q=' + encodeURIComponent(q), part).then(function (ok) {
      if (mine !== asked || !ok) return;
      found = q;
      hits.replaceChildren.apply(hits, Array.prototype.slice.call(part.childNodes));
      mark(options().length ? 0 : -1);
    });
  }
  function choose(id, number) {
    asked++; clearTimeout(wait); found = null;
    if (who.value !== id) forget();
    who.value = id; changed(who);
    if (hits) hits.textContent = '';
    if (box) { box.value = ''; mark(-1); }
    if (number) add(number);
    return show(true);
  }
  function show(fill) {
    if (!who.value) { client.textContent = ''; branch(); return Promise.resolve(); }
    return get('/cases/client?customer=' + encodeURIComponent(who.value) + '&numbers=' + encodeURIComponent(list().join(' ')), client).then(function (ok) {
      if (!ok) return;
      branch();
      var pane = $('[data-case-client]', client);
      if (!pane || !fill) return;
      [['caller', 'data-caller'], ['phone', 'data-phone']].forEach(function (p) {
        var el = form.elements[p[0]];
        if (!el.value && pane.getAttribute(p[1])) { el.value = filled[p[0]] = pane.getAttribute(p[1]); changed(el); }
      });
      var first = $('[data-case-kind]:checked') || $('input[name=cause]') || form.elements.said;
      if (doc.activeElement === box || doc.activeElement === doc.body) first.focus();
    });
  }
  /* What came with a client goes with them; what was typed stays. */
  var filled = {};
  function forget() {
    Object.keys(filled).forEach(function (name) {
      var el = form.elements[name];
      if (el.value === filled[name]) { el.value = ''; changed(el); }
    });
    filled = {};
    var theirs = $$('[data-case-wb]', client).map(function (b) { return b.value; });
    var left = list().filter(function (n) { return theirs.indexOf(n) < 0; });
    if (left.length !== list().length) { numbers.value = left.join('\n'); changed(numbers); }
  }
  function branch() { var b = $('[data-case-branch]'); if (b) b.hidden = !!who.value; }
  /* Enter means what stands in the box now, also when its answer is still on its way. */
  function take() {
    var q = box.value.trim();
    if (q && found !== q) { clearTimeout(wait); search().then(function () { if (found === q && box.value.trim() === q) first(); }); return; }
    first();
  }
  function first() {
    var o = options()[Math.max(0, at())];
    if (o) choose(o.getAttribute('data-case-hit'), o.getAttribute('data-case-number'));
  }
  if (box) {
    var composing = false;
    box.addEventListener('compositionstart', function () { composing = true; });
    box.addEventListener('compositionend', function () { composing = false; clearTimeout(wait); wait = setTimeout(search, 150); });
    box.addEventListener('input', function () { clearTimeout(wait); if (!composing) wait = setTimeout(search, 150); });
    box.addEventListener('keydown', function (e) {
      if (e.isComposing || e.keyCode === 229) return;
      var n = options().length;
      if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); if (n) mark((at() + (e.key === 'ArrowDown' ? 1 : n - 1)) % n); }
      else if (e.key === 'Enter' && !e.ctrlKey && !e.metaKey) {
        e.preventDefault();
        take();
      } else if (e.key === 'Escape') { box.value = ''; hits.textContent = ''; mark(-1); }
    });
    box.addEventListener('keypress', function (e) { if (e.key === 'Enter') e.preventDefault(); }); /* it chooses, and never sends the form */
    hits.addEventListener('click', function (e) {
      var o = e.target.closest('[role=option]'); if (!o) return;
      e.preventDefault();
      choose(o.getAttribute('data-case-hit'), o.getAttribute('data-case-number'));
    });
  }
  client.addEventListener('click', function (e) {
    if (!e.target.closest('[data-case-drop]')) return;
    forget();
    who.value = ''; changed(who); show(false);
    if (box) box.focus();
  });

  /* ---- parcels: the text holds the truth, the boxes are a way to write it ---- */
  function list() { return numbers.value.toUpperCase().split(/[^0-9A-Z]+/).filter(Boolean); }
  function add(number) { if (list().indexOf(number) < 0) { numbers.value = list().concat(number).join('\n'); changed(numbers); } }
  function track(number) { get('/cases/track?number=' + encodeURIComponent(number || ''), doc.getElementById('case-track')); }
  form.addEventListener('change', function (e) {
    var el = e.target;
    if (el.matches('[data-case-wb]')) {
      if (el.checked) add(el.value);
      else { numbers.value = list().filter(function (n) { return n !== el.value; }).join('\n'); changed(numbers); }
      if (doc.getElementById('case-track')) track(el.checked ? el.value : list()[0]);
    }
    if (el === numbers) $$('[data-case-wb]').forEach(function (b) { b.checked = list().indexOf(b.value) >= 0; });
    if (el.name === 'cause') causes();
    if (el.name === 'channel') ticket();
    if (el === who || el.matches('[data-case-promise]')) promise();
  });

  /* ---- what depends on a choice ---- */
  function causes() {
    var top = chosen('cause');
    $$('[data-case-sub]').forEach(function (f) {
      var on = f.getAttribute('data-case-sub') === top;
      f.classList.toggle('on', on);
      if (!on) $$('input:checked', f).forEach(function (i) { i.checked = false; });
    });
  }
  function ticket() {
    var row = $('[data-case-ticket]'), channel = chosen('channel');
    if (row) row.hidden = channel !== 'head_office' && channel !== 'postal';
  }
  var told = null;
  function promise() {
    var into = doc.getElementById('case-promise'); if (!into) return;
    clearTimeout(told);
    told = setTimeout(function () {
      var ask = ['kind', 'severity', 'channel'].map(function (n) { return n + '=' + encodeURIComponent(chosen(n)); });
      ask.push('customer=' + encodeURIComponent(who.value));
      if (form.elements.branch) ask.push('branch=' + encodeURIComponent(form.elements.branch.value));
      get('/cases/promise?' + ask.join('&'), into);
    }, 100);
  }

  /* ---- keys ---- */
  function typing(el) { return el.matches('textarea,select,input:not([type=radio]):not([type=checkbox])'); }
  doc.addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229 || doc.querySelector('dialog[open]')) return;
    var digit = /^Digit([123])$/.exec(e.code || '');
    if (!digit || e.ctrlKey || e.metaKey || !e.altKey && typing(e.target)) return;
    var kind = $$('[data-case-kind]')[digit[1] - 1]; if (!kind) return;
    e.preventDefault();
    kind.checked = true; kind.focus(); changed(kind);
  });

  /* What was typed before is put back: what hangs on it follows. */
  form.addEventListener('yike:restored', function () { causes(); ticket(); show(false); promise(); });
  causes(); ticket(); branch(); promise();
})();
