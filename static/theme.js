/* Loaded before anything is drawn, so that a dark page never flashes white.
   The choice is "light", "dark" or nothing (as the system has it). */
(function () {
  'use strict';
  var root = document.documentElement, m = /(?:^|; )(?:__Host-)?yike-theme=(light|dark)/.exec(document.cookie);
  root.classList.add('js');
  var choice = m ? m[1] : root.getAttribute('data-theme') || '';
  root.setAttribute('data-theme', choice);
  root.setAttribute('data-bs-theme', choice || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
})();
