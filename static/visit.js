/* Yike 驿客: a visit logged on the phone. Photos are shrunk before they are
   sent; what is typed, photos included, is kept on the phone for this user;
   what could not be sent waits and is sent when the connection is back, under
   the form's own key, so that the server does it once. Without this script the
   form is a plain form. Loaded on every page, since what waits may go from any. */
(function () {
  'use strict';
  var doc = document, user = doc.body.getAttribute('data-user') || '';
  if (!user || !window.indexedDB || !window.fetch || !window.Promise) return;
  function $(sel, within) { return (within || doc).querySelector(sel); }
  function $$(sel, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(sel)); }
  var words = {};
  try { words = JSON.parse($('#words').textContent); } catch (e) { /* the bare page of a test */ }
  function toast(kind, text, action) { if (window.yike && text) window.yike.toast(kind, text, action); }
  var most = 9, side = 1600;

  /* ---- the store: one entry per draft and per visit that waits ---- */
  /* A page that is left while it opens the store may make the next one's first
     try fail or hang: try again. */
  var opening;
  function tryOpen() {
    return new Promise(function (ok, no) {
      var ask = indexedDB.open('yike-visits', 1), timer = setTimeout(function () { no(new Error('slow')); }, 3000);
      ask.onupgradeneeded = function () { ask.result.createObjectStore('entries', { keyPath: 'id' }); };
      ask.onsuccess = function () {
        clearTimeout(timer);
        ask.result.onclose = ask.result.onversionchange = function () { opening = null; ask.result.close(); };
        ok(ask.result);
      };
      ask.onerror = function () { clearTimeout(timer); no(ask.error); };
    });
  }
  function open() {
    function again(left) {
      return tryOpen().catch(function (e) {
        if (!left) { opening = null; throw e; }
        return new Promise(function (ok) { setTimeout(ok, 200); }).then(function () { return again(left - 1); });
      });
    }
    opening = opening || again(3);
    return opening;
  }
  function store(mode, fn) {
    return open().then(function (d) {
      return new Promise(function (ok, no) {
        var tx = d.transaction('entries', mode), ask = fn(tx.objectStore('entries'));
        tx.oncomplete = function () { ok(ask && ask.result); };
        tx.onerror = tx.onabort = function () { no(tx.error); };
      });
    });
  }
  var unsent = 0;
  function all() { return store('readonly', function (s) { return s.getAll(); }).then(function (list) { return (list || []).filter(function (e) { return e.user === user; }); }); }
  function recount() { return all().then(function (list) { unsent = list.length; return list; }, function () { return []; }); }
  function put(entry) { return store('readwrite', function (s) { return s.put(entry); }).then(recount); }
  function drop(id) { return store('readwrite', function (s) { return s['delete'](id); }).then(recount); }
  function get(id) { return store('readonly', function (s) { return s.get(id); }); }

  /* ---- photos ---- */
  function picture(file) {
    if (window.createImageBitmap) return createImageBitmap(file, { imageOrientation: 'from-image' }).catch(function () { return viaImage(file); });
    return viaImage(file);
  }
  function viaImage(file) {
    return new Promise(function (ok, no) {
      var img = new Image(), url = URL.createObjectURL(file);
      img.onload = function () { URL.revokeObjectURL(url); ok(img); };
      img.onerror = function () { URL.revokeObjectURL(url); no(new Error('no picture')); };
      img.src = url;
    });
  }
  /* What the browser cannot draw (HEIC on some) goes as it is: the server says what to do. */
  function shrink(file) {
    return picture(file).then(function (img) {
      var w = img.width, h = img.height, by = Math.min(1, side / Math.max(w, h)), c = doc.createElement('canvas');
      c.width = Math.max(1, Math.round(w * by)); c.height = Math.max(1, Math.round(h * by));
      var pen = c.getContext('2d');
      pen.fillStyle = '#fff'; pen.fillRect(0, 0, c.width, c.height);
      pen.drawImage(img, 0, 0, c.width, c.height);
      if (img.close) img.close();
      return new Promise(function (ok) { c.toBlob(function (b) { ok(b || file); }, 'image/jpeg', 0.82); });
    }).catch(function () { return file; });
  }

  /* Kept as bytes: not every browser keeps a Blob in its store. */
  function bytes(blob) {
    return new Promise(function (ok, no) {
      var r = new FileReader();
      r.onload = function () { ok({ type: blob.type || 'application/octet-stream', data: r.result }); };
      r.onerror = function () { no(r.error); };
      r.readAsArrayBuffer(blob);
    });
  }

  /* ---- the form of this page ---- */
  var form = null, photos = [], first = '', saving = null, leaving = false;
  function glyph(name) {
    var svg = doc.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = doc.createElementNS('http://www.w3.org/2000/svg', 'use');
    var sprite = ($('use[href*="icons."]') || doc.body).getAttribute('href') || '';
    svg.setAttribute('class', 'i'); svg.setAttribute('aria-hidden', 'true');
    use.setAttribute('href', sprite.split('#')[0] + '#' + name); svg.appendChild(use);
    return svg;
  }
  function show() {
    var box = $('[data-visit-shots]', form); if (!box) return;
    $$('img', box).forEach(function (i) { URL.revokeObjectURL(i.src); });
    box.textContent = '';
    photos.forEach(function (blob, i) {
      var fig = doc.createElement('figure'), img = doc.createElement('img'), x = doc.createElement('button');
      fig.className = 'shot'; img.src = URL.createObjectURL(new Blob([blob.data], { type: blob.type })); img.alt = (words.visitPhoto || '') + ' ' + (i + 1);
      img.width = 96; img.height = 72;
      x.type = 'button'; x.className = 'btn'; x.setAttribute('aria-label', (words.visitDrop || '×') + ' ' + (i + 1)); x.appendChild(glyph('x'));
      x.addEventListener('click', function () { photos.splice(i, 1); show(); keep(); });
      fig.appendChild(img); fig.appendChild(x); box.appendChild(fig);
    });
  }
  function pairs() {
    var out = [];
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || el.disabled || /^(file|submit|button|image|reset)$/.test(el.type)) return;
      if ((el.type === 'checkbox' || el.type === 'radio') && !el.checked) return;
      out.push([el.name, el.value]);
    });
    return out;
  }
  function typed(list) { return JSON.stringify(list.filter(function (p) { return p[0] !== 'key' && p[0] !== 'version'; })); }
  function draftID() { var name = form && form.getAttribute('data-visit'); return name ? user + ':' + name : ''; }
  function say(text) { var el = form && $('[data-visit-state]', form); if (el) el.textContent = text || ''; }
  function entry(state, id) {
    return { id: id, user: user, state: state, action: form.getAttribute('action'), pairs: pairs(), photos: photos.slice(),
      name: form.getAttribute('data-visit-name') || '', href: location.pathname + location.search, at: Date.now() };
  }
  function keep() { clearTimeout(saving); if (form && draftID() && !leaving) saving = setTimeout(keepNow, 350); }
  function keepNow() {
    clearTimeout(saving);
    var id = draftID(); if (!id || leaving) return Promise.resolve();
    if (typed(pairs()) === first && !photos.length) return drop(id).then(function () { say(''); });
    return put(entry('draft', id)).then(function () { say(words.visitDraft); }, function () { say(''); });
  }
  function putBack(list) {
    var by = {};
    list.forEach(function (p) { (by[p[0]] = by[p[0]] || []).push(p[1]); });
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || /^(file|submit|button|image|reset)$/.test(el.type)) return;
      if (el.type === 'hidden' && el.name !== 'key') return;
      var have = by[el.name] || [];
      if (el.type === 'checkbox' || el.type === 'radio') el.checked = have.indexOf(el.value) >= 0;
      else if (have.length) el.value = have[0];
    });
  }
  function watch() {
    var at = $('form[data-visit]'); if (!at || at === form) return;
    form = at; photos = []; first = typed(pairs()); leaving = false;
    var id = draftID(); if (!id) return;
    get(id).then(function (e) {
      if (!e) return;
      var faulty = $('[data-faulty],.error-summary', form);
      if (!faulty) putBack(e.pairs);
      photos = e.photos || []; show();
      if (!faulty) { say(words.restored); var more = $('.visit-more', form), day = $('#f-day', form); if (more && day && day.value !== day.defaultValue) more.open = true; }
    }, function () { /* forbidden: then nothing is kept */ });
  }
  doc.addEventListener('change', function (e) {
    var el = e.target;
    if (!form || el.form !== form) return;
    if (!el.matches('[data-visit-photos]')) { keep(); return; }
    var files = Array.prototype.slice.call(el.files || []), room = most - photos.length - $$('.shot-old', form).length;
    el.value = '';
    if (files.length > room) { toast('soon', words.visitMost); files = files.slice(0, Math.max(0, room)); }
    files.reduce(function (before, file) {
      return before.then(function () { return shrink(file); }).then(bytes).then(function (photo) { photos.push(photo); show(); });
    }, Promise.resolve()).then(keepNow);
  });
  doc.addEventListener('input', function (e) { if (form && e.target.form === form) keep(); });
  window.addEventListener('pagehide', function () { if (form) keepNow(); });

  /* ---- sending ---- */
  function send(e) {
    var body = new FormData(), stop = window.AbortController ? new AbortController() : null;
    e.pairs.forEach(function (p) { body.append(p[0], p[1]); });
    (e.photos || []).forEach(function (b, i) { body.append('photos', new Blob([b.data], { type: b.type }), 'p' + (i + 1) + '.jpg'); });
    var timer = setTimeout(function () { if (stop) stop.abort(); }, 90000);
    return fetch(e.action, { method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual', cache: 'no-store',
      headers: { Accept: 'application/json' }, signal: stop ? stop.signal : undefined })
      .then(function (r) {
        clearTimeout(timer);
        if (r.type === 'opaqueredirect' || r.status === 401) return { state: 'login' };
        if (r.status >= 500 || r.status === 408 || r.status === 429) return { state: 'wait' };
        return r.json().then(function (j) {
          if (r.ok) return drop(e.id).then(function () { return { state: 'sent', href: j.href }; });
          return { state: 'refused', errors: j.errors || {} };
        }, function () { return { state: r.ok ? 'wait' : 'refused', errors: {} }; });
      }, function () { clearTimeout(timer); return { state: 'wait' }; });
  }
  /* A refused visit becomes a draft again, to be mended where it was typed. */
  function backToDraft(e) {
    var id = e.id.split('#')[0];
    return get(id).then(function (have) {
      if (have && !(form && draftID() === id)) return recount(); /* a newer draft stands there: this one stays as it is */
      e.state = 'draft';
      return drop(e.id).then(function () { e.id = id; return put(e); });
    });
  }
  function keyOf(e) { return (e.pairs.filter(function (p) { return p[0] === 'key'; })[0] || [])[1]; }
  var flushing = false;
  function flush() {
    if (flushing) return;
    flushing = true;
    recount().then(function (list) {
      return list.filter(function (e) { return e.state === 'waiting'; }).reduce(function (before, e) {
        return before.then(function (go) {
          if (!go) return false;
          return send(e).then(function (got) { return after(e, got); });
        });
      }, Promise.resolve(true));
    }).then(function () { flushing = false; }, function () { flushing = false; });
  }
  function after(e, got) {
    var here = form && $('[name=key]', form) && $('[name=key]', form).value === keyOf(e);
    if (got.state === 'sent') {
      if (here) { leaving = true; location.href = got.href; return false; }
      toast('ok', (words.visitSent || '').replace('{name}', e.name));
      return true;
    }
    if (got.state === 'refused') {
      return backToDraft(e).then(function () {
        toast('over', (words.visitRefused || '').replace('{name}', e.name), { text: words.visitOpen, href: e.href });
        return true;
      });
    }
    if (got.state === 'login') toast('soon', words.visitLogin, { text: words.login, href: '/login?next=' + encodeURIComponent(location.pathname + location.search) });
    return false;
  }
  function faults(errors) {
    $$('.err', form).forEach(function (p) { p.remove(); });
    var at = null;
    Object.keys(errors).forEach(function (name) {
      var el = doc.getElementById('f-' + name), p = doc.createElement('p'), span = doc.createElement('span');
      p.className = 'err'; span.textContent = errors[name]; p.appendChild(glyph('alert-circle')); p.appendChild(span);
      if (!el) { toast('over', errors[name]); return; }
      p.id = 'f-' + name + '-e';
      if (el.matches('fieldset,div')) el.appendChild(p); else el.parentNode.appendChild(p);
      if (el.matches('input,textarea,select')) { el.setAttribute('aria-invalid', 'true'); el.setAttribute('aria-describedby', p.id); }
      var more = el.closest('details'); if (more) more.open = true;
      at = at || el;
    });
    if (at) { at.scrollIntoView({ block: 'center' }); if (at.focus) at.focus(); }
  }
  function busy(on) { $$('button[type=submit]', form).forEach(function (b) { if (on) b.setAttribute('aria-busy', 'true'); else b.removeAttribute('aria-busy'); }); }
  function submit(e) {
    var id = draftID();
    if (!id) { /* a correction: a plain form, with the shrunk photos in it */
      var input = $('[data-visit-photos]', form);
      if (photos.length && input && window.DataTransfer) {
        var dt = new DataTransfer();
        photos.forEach(function (b, i) { dt.items.add(new File([b.data], 'p' + (i + 1) + '.jpg', { type: b.type })); });
        input.files = dt.files;
      }
      return;
    }
    e.preventDefault();
    if (form.hasAttribute('data-busy')) return;
    var said = form.elements.learned;
    if (said && !said.value.trim()) { faults({ learned: words.visitSay }); return; }
    clearTimeout(saving);
    form.setAttribute('data-busy', ''); busy(true);
    var what = entry('waiting', id + '#' + $('[name=key]', form).value);
    put(what).then(function () { return drop(id); }).catch(function () { /* not kept: sent all the same */ }).then(function () { leaving = true; return send(what); }).then(function (got) {
      form.removeAttribute('data-busy'); busy(false);
      if (got.state === 'sent') { location.href = got.href; return; }
      leaving = false;
      if (got.state === 'refused') { backToDraft(what).then(function () { if (Object.keys(got.errors).length) faults(got.errors); else toast('over', words.failed); }); return; }
      if (got.state === 'login') { leaving = true; location.href = '/login?next=' + encodeURIComponent(location.pathname + location.search); return; }
      leaving = true; /* it waits under its own key; a draft beside it would be a second one */
      say(words.visitKept); toast('soon', words.visitKept);
    });
  }

  /* ---- leaving: nothing of a client stays on the phone after sign-out ---- */
  function signOut(e) {
    if (unsent && !window.confirm((words.visitUnsent || '').replace('{n}', unsent))) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    var out = e.target;
    e.preventDefault(); leaving = true; clearTimeout(saving);
    all().then(function (list) { return Promise.all(list.map(function (x) { return drop(x.id); })); }).then(function () { out.submit(); }, function () { out.submit(); });
  }
  doc.addEventListener('submit', function (e) {
    if (e.target.matches('[data-signout]')) signOut(e);
    else if (e.target === form) submit(e);
  }, true);

  window.addEventListener('online', flush);
  doc.addEventListener('visibilitychange', function () { if (!doc.hidden && unsent) flush(); });
  doc.addEventListener('htmx:load', watch);
  setInterval(function () { if (unsent && !doc.hidden) flush(); }, 20000);
  watch();
  flush();
})();
