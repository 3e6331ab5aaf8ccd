/* The form of a customer file: asks for duplicates while one types, and adds
   rows for more numbers. Without it the form works as it stands. */
(function () {
  'use strict';
  var waiting;
  function ask() {
    var box = document.getElementById('duplicates');
    if (box && window.htmx) window.htmx.trigger(box, 'dup');
  }
  document.addEventListener('input', function (e) {
    if (!e.target.hasAttribute || !e.target.hasAttribute('data-dup')) return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 400);
  });
  document.addEventListener('click', function (e) {
    var more = e.target.closest && e.target.closest('[data-more-phones]');
    if (!more) return;
    var rows = more.parentNode.querySelectorAll('.field'), last = rows[rows.length - 1];
    if (rows.length >= 10) { more.hidden = true; return; }
    var row = last.cloneNode(true), input = row.querySelector('input'), label = row.querySelector('label');
    Array.prototype.forEach.call(row.querySelectorAll('.err,.hint'), function (el) { el.remove(); });
    input.value = ''; input.id = 'f-phone-' + rows.length;
    ['aria-invalid', 'aria-describedby', 'data-faulty'].forEach(function (a) { input.removeAttribute(a); });
    input.classList.remove('is-invalid', 'doubt');
    label.setAttribute('for', input.id);
    label.textContent = more.getAttribute('data-more-phones') + ' ' + (rows.length + 1);
    last.parentNode.appendChild(row);
    input.focus();
  });
})();
