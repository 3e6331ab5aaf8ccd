/* The customer list: what a phone's long finger and a keyboard need beyond
   yike.js. Works without: rows are links, the bulk bar is a form. */
(function () {
  'use strict';
  var doc = document;
  /* A click anywhere on a row opens it, except on what is a control itself. */
  doc.addEventListener('click', function (e) {
    var at = e.target.closest ? e.target : null; if (!at || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey) return;
    var row = at.closest('#customers tbody tr');
    if (!row || at.closest('a,button,input,label,summary,.ck')) return;
    if (String(window.getSelection && window.getSelection()).length) return;
    var link = row.querySelector('th a[href]');
    if (link) link.click();
  });
})();
