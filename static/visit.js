/* Yike 驿客: a visit logged, or a case registered, on the phone. Photos are shrunk before they are
   sent; what is typed is kept on the phone for this user, its photos too; what
   could not be sent waits and is sent when the connection is back, under the
   form's own key, so that the server does it once. Text is kept at once in
   localStorage and waits for nothing; only photos are in IndexedDB, which may
   be slow, full or forbidden. Without this script the form is a plain form.
   Loaded on every page, since what waits may go from any. */
(function () {
  'use strict';
  var doc = document, user = doc.body.getAttribute('data-user') || '';
  if (!user || !window.fetch || !window.Promise) return;
  function $(sel, within) { return (within || doc).querySelector(sel); }
  function $$(sel, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(sel)); }
  var words = {};
  try { words = JSON.parse($('#words').textContent); } catch (e) { /* the bare page of a test */ }
  function toast(kind, text, action) { if (window.yike && text) window.yike.toast(kind, text, action); }
  var most = 9, side = 1600;

  /* ---- entries: one per draft and per visit that waits ---- */
  var prefix = 'yike-visit:', flag = 'yike-visit-photos';
  var box = null, held = {}; /* held: what the phone would not keep lives as long as the page */
  try { box = window.localStorage; } catch (e) { /* forbidden */ }
  function put(e) {
    held[e.id] = e;
    try { box.setItem(prefix + e.id, JSON.stringify(e)); delete held[e.id]; return true; } catch (x) { return false; }
  }
  function get(id) {
    if (held[id]) return held[id];
    try { return JSON.parse(box.getItem(prefix + id)); } catch (x) { return null; }
  }
  function drop(id) { delete held[id]; try { box.removeItem(prefix + id); } catch (x) { /* was not kept */ } }
  function all(of) {
    var out = [], i, key, e;
    for (key in held) if (key.indexOf(of) === 0) out.push(held[key]);
    try {
      for (i = 0; i < box.length; i++) {
        key = box.key(i);
        if (key.indexOf(prefix + of) !== 0 || held[key.slice(prefix.length)]) continue;
        if ((e = get(key.slice(prefix.length)))) out.push(e);
      }
    } catch (x) { /* forbidden */ }
    return out;
  }
  function mine() { return all(user + ':'); }
  function keyOf(e) { return (e.pairs.filter(function (p) { return p[0] === 'key'; })[0] || [])[1]; }

  /* ---- the store of photos, by the key of their form ---- */
  /* A page that is left while it opens the store may make the next one's first
     try hang: every step is bounded, and tried again. */
  var opening = null, handle = null;
  function bounded(ms, fn) {
    return new Promise(function (ok, no) {
      var timer = setTimeout(function () { no(new Error('slow')); }, ms);
      fn(function (v) { clearTimeout(timer); ok(v); }, function (e) { clearTimeout(timer); no(e); });
    });
  }
  function tryOpen() {
    var late = false;
    return bounded(2000, function (ok, no) {
      var ask = indexedDB.open('yike-visit-photos', 1);
      ask.onupgradeneeded = function () { ask.result.createObjectStore('photos', { keyPath: 'key' }); };
      ask.onsuccess = function () {
        if (late) { ask.result.close(); return; }
        handle = ask.result;
        handle.onclose = handle.onversionchange = shut;
        ok(handle);
      };
      ask.onerror = function () { no(ask.error); };
      ask.onblocked = function () { no(new Error('blocked')); };
    }).catch(function (e) { late = true; throw e; });
  }
  function shut() { if (handle) handle.close(); opening = handle = null; }
  function pause(ms) { return new Promise(function (ok) { setTimeout(ok, ms); }); }
  function open() {
    function again(left) {
      return tryOpen().catch(function (e) {
        if (!left) { opening = null; throw e; }
        return pause(200).then(function () { return again(left - 1); });
      });
    }
    opening = opening || again(2);
    return opening;
  }
  function store(mode, fn, second) {
    return open().then(function (d) {
      return bounded(4000, function (ok, no) {
        var tx = d.transaction('photos', mode), ask = fn(tx.objectStore('photos'));
        tx.oncomplete = function () { ok(ask && ask.result); };
        tx.onerror = tx.onabort = function () { no(tx.error); };
      }).catch(function (e) {
        shut();
        if (second) throw e;
        return store(mode, fn, true);
      });
    });
  }
  var shots = {}, writing = Promise.resolve(), unwritten = 0; /* shots: what this page has in hand, by key */
  function keepPhotos(key, list) {
    if (!list.length && !shots[key]) return writing;
    shots[key] = list.slice();
    try { box.setItem(flag, '1'); } catch (x) { /* then they are cleared when signing out */ }
    unwritten++;
    writing = writing.then(function () {
      return store('readwrite', function (s) { return shots[key] && shots[key].length ? s.put({ key: key, user: user, list: shots[key] }) : s['delete'](key); });
    }).then(function () { unwritten--; }, function () { unwritten--; toast('soon', words.visitUnkept); });
    return writing;
  }
  function photosOf(e) {
    var key = keyOf(e);
    if (shots[key] || !e.n) return Promise.resolve(shots[key] || []);
    return store('readonly', function (s) { return s.get(key); }).then(function (have) { return (have && have.user === user && have.list) || []; });
  }
  function dropPhotos(e) {
    var had = shots[keyOf(e)] || e.n;
    delete shots[keyOf(e)];
    return had ? store('readwrite', function (s) { return s['delete'](keyOf(e)); }).catch(function () { /* swept later */ }) : Promise.resolve();
  }
  /* Photos that no entry names any more go when nothing else is kept. */
  function sweep() {
    var any = false;
    try { any = box.getItem(flag) === '1'; } catch (x) { return; }
    if (!any || all('').some(function (e) { return e.n; })) return;
    store('readwrite', function (s) { return s.clear(); }).then(function () { box.removeItem(flag); }, function () { /* next time */ });
  }

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
  var kept = ''; /* the id under which this form waits to be sent */
  var missing = 0; /* photos of the draft that are not read yet */
  var taking = Promise.resolve();
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
      x.addEventListener('click', function () { photos.splice(i, 1); show(); keepPhotos(formKey(), photos).then(keepNow); keepNow(); });
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
  function formKey() { var el = form && $('[name=key]', form); return el ? el.value : ''; }
  function entry(state, id) {
    return { id: id, user: user, state: state, action: form.getAttribute('action'), pairs: pairs(), n: photos.length + missing,
      name: form.getAttribute('data-visit-name') || '', href: location.pathname + location.search, at: Date.now() };
  }
  function keep() { clearTimeout(saving); if (form && draftID() && !leaving) saving = setTimeout(keepNow, 200); }
  function keepNow() {
    clearTimeout(saving);
    var id = draftID(); if (!id || leaving) return;
    if (kept) { if (get(kept)) put(entry('waiting', kept)); return; } /* what is added to a visit that waits goes with it */
    if (typed(pairs()) === first && !photos.length && !missing) { drop(id); say(''); return; }
    say(put(entry('draft', id)) && !unwritten ? words.visitDraft : ''); /* said when the photos are kept too */
  }
  function putBack(list) {
    var by = {};
    list.forEach(function (p) { (by[p[0]] = by[p[0]] || []).push(p[1]); });
    Array.prototype.forEach.call(form.elements, function (el) {
      if (!el.name || /^(file|submit|button|image|reset)$/.test(el.type)) return;
      if (el.type === 'hidden' && el.name !== 'key' && !el.hasAttribute('data-kept')) return;
      var have = by[el.name] || [];
      if (el.type === 'checkbox' || el.type === 'radio') el.checked = have.indexOf(el.value) >= 0;
      else if (have.length) el.value = have[0];
    });
  }
  function watch() {
    var at = $('form[data-visit]'); if (!at || at === form) return;
    form = at; photos = []; first = typed(pairs()); leaving = false; kept = ''; missing = 0;
    var id = draftID(); if (!id) return;
    var e = get(id) || all(id + '#').filter(function (x) { return x.state === 'refused'; })[0];
    if (!e) return;
    if (e.id !== id) { drop(e.id); e.id = id; e.state = 'draft'; put(e); }
    if (!$('[data-faulty],.error-summary', form)) {
      putBack(e.pairs);
      form.dispatchEvent(new CustomEvent('yike:restored'));
      say(words.restored);
      var more = $('.visit-more', form), day = $('#f-day', form);
      if (more && day && day.value !== day.defaultValue) more.open = true;
    }
    if (!e.n) return;
    missing = e.n;
    var of = form;
    taking = photosOf(e).then(function (list) {
      if (form !== of) return;
      if (list.length < e.n) toast('soon', words.visitLost);
      missing = 0; photos = list.concat(photos); shots[keyOf(e)] = photos.slice(); show();
    }, function () { if (form === of) toast('soon', words.visitLost); });
  }
  doc.addEventListener('change', function (e) {
    var el = e.target;
    if (!form || el.form !== form) return;
    if (!el.matches('[data-visit-photos]')) { keep(); return; }
    var files = Array.prototype.slice.call(el.files || []), room = most - photos.length - $$('.shot-old', form).length;
    el.value = '';
    if (files.length > room) { toast('soon', words.visitMost); files = files.slice(0, Math.max(0, room)); }
    taking = files.reduce(function (before, file) {
      return before.then(function () { return shrink(file); }).then(bytes).then(function (photo) { photos.push(photo); show(); });
    }, taking).then(function () { if (!leaving && draftID()) { keepPhotos(formKey(), photos).then(keepNow); keepNow(); } });
  });
  doc.addEventListener('input', function (e) { if (form && e.target.form === form) keep(); });
  window.addEventListener('pagehide', function () { if (form) keepNow(); shut(); });

  /* ---- sending ---- */
  /* Photos that cannot be read three times stay behind: the words go. */
  var sending = {};
  /* What is sent behind another page is told by a toast there, not on the next page too. */
  function send(e, behind) {
    var lost = false;
    sending[e.id] = true;
    return photosOf(e).then(function (list) { lost = list.length < e.n; return list; }, function () {
      e.tries = (e.tries || 0) + 1; put(e);
      lost = e.tries >= 3;
      return lost ? [] : null;
    }).then(function (list) {
      if (!list) return { state: 'wait' };
      return post(e, list, behind).then(function (got) {
        if (got.state !== 'sent') return got;
        drop(e.id);
        if (lost) toast('soon', words.visitLost);
        return Promise.race([dropPhotos(e), pause(1000)]).then(function () { return got; });
      });
    }).then(function (got) { delete sending[e.id]; return got; });
  }
  function post(e, list, behind) {
    var body = new FormData(), stop = window.AbortController ? new AbortController() : null;
    e.pairs.forEach(function (p) { body.append(p[0], p[1]); });
    list.forEach(function (b, i) { body.append('photos', new Blob([b.data], { type: b.type }), 'p' + (i + 1) + '.jpg'); });
    var timer = setTimeout(function () { if (stop) stop.abort(); }, 90000), headers = { Accept: 'application/json' };
    if (behind) headers['Yike-Behind'] = '1';
    return fetch(e.action, { method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual', cache: 'no-store',
      headers: headers, signal: stop ? stop.signal : undefined })
      .then(function (r) {
        clearTimeout(timer);
        if (r.type === 'opaqueredirect' || r.status === 401) return { state: 'login' };
        if (r.status >= 500 || r.status === 408 || r.status === 429) return { state: 'wait' };
        return r.json().then(function (j) {
          return r.ok ? { state: 'sent', href: j.href } : { state: 'refused', errors: j.errors || {} };
        }, function () { return { state: r.ok ? 'wait' : 'refused', errors: {} }; });
      }, function () { clearTimeout(timer); return { state: 'wait' }; });
  }
  /* A refused visit becomes a draft again, to be mended where it was typed;
     where a newer draft stands, it is offered after that one is done. */
  function backToDraft(e) {
    var id = e.id.split('#')[0];
    if (get(id)) { e.state = 'refused'; put(e); return; }
    drop(e.id);
    e.id = id; e.state = 'draft'; put(e);
  }
  function isCase(e) { return e.action === '/cases'; }
  var flushing = false;
  function flush() {
    if (flushing) return;
    flushing = true;
    mine().filter(function (e) { return e.state === 'waiting' && !sending[e.id]; }).reduce(function (before, e) {
      return before.then(function (go) {
        if (!go) return false;
        return send(e, kept !== e.id).then(function (got) { return after(e, got); });
      });
    }, Promise.resolve(true)).then(function () { flushing = false; }, function () { flushing = false; });
  }
  function after(e, got) {
    var here = kept && kept === e.id;
    if (got.state === 'sent') {
      if (here) { leaving = true; location.href = got.href; return false; }
      toast('ok', (words[isCase(e) ? 'caseSent' : 'visitSent'] || '').replace('{name}', e.name));
      return true;
    }
    if (got.state === 'refused') {
      backToDraft(e);
      if (here) { kept = ''; say(''); faults(got.errors); }
      toast('over', (words[isCase(e) ? 'caseRefused' : 'visitRefused'] || '').replace('{name}', e.name), here ? undefined : { text: words.visitOpen, href: e.href });
      return true;
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
    var what = null;
    var by = e.submitter;
    taking.catch(function () { /* a photo that could not be read */ }).then(function () {
      what = entry('waiting', id + '#' + formKey());
      if (by && by.name) what.pairs.push([by.name, by.value]);
      shots[formKey()] = missing ? shots[formKey()] : photos.slice();
      put(what); drop(id); leaving = true;
      return send(what);
    }).then(function (got) {
      form.removeAttribute('data-busy'); busy(false);
      if (got.state === 'sent') { location.href = got.href; return; }
      if (got.state === 'refused') {
        leaving = false; kept = '';
        backToDraft(what);
        if (Object.keys(got.errors).length) faults(got.errors); else toast('over', words.failed);
        return;
      }
      if (got.state === 'login') { location.href = '/login?next=' + encodeURIComponent(location.pathname + location.search); return; }
      leaving = false; kept = what.id; /* it waits under its own key; a draft beside it would be a second one */
      say(words.visitKept); toast('soon', words.visitKept);
    });
  }

  /* ---- leaving: nothing of a client stays on the phone after sign-out ---- */
  function signOut(e) {
    var list = mine(), out = e.target;
    if (list.length && !window.confirm((words.visitUnsent || '').replace('{n}', list.length))) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    leaving = true; clearTimeout(saving);
    list.forEach(function (x) { drop(x.id); });
    if (!list.some(function (x) { return x.n || shots[keyOf(x)]; })) return;
    e.preventDefault();
    Promise.race([Promise.all(list.map(dropPhotos)), pause(2000)]).then(function () { out.submit(); }, function () { out.submit(); });
  }
  doc.addEventListener('submit', function (e) {
    if (e.target.matches('[data-signout]')) signOut(e);
    else if (e.target === form) submit(e);
  }, true);

  window.addEventListener('online', flush);
  doc.addEventListener('visibilitychange', function () { if (!doc.hidden) flush(); });
  doc.addEventListener('htmx:load', watch);
  setInterval(function () { if (!doc.hidden) flush(); }, 20000);
  watch();
  flush();
  sweep();
})();
