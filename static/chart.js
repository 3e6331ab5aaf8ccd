/* Charts: each [data-chart] names a JSON element that holds its options;
   strings such as "--yk-c1" become colours of the theme, on paper ink and
   greys. Loaded after vendor/echarts.min.js, only by pages that draw. */
(function () {
  'use strict';
  var paper = false, ink = { '--yk-c1': '#555', '--yk-line': '#ddd', '--yk-line-2': '#bbb' };
  function themed(options) {
    var style = getComputedStyle(document.documentElement);
    return JSON.parse(options, function (k, v) {
      if (typeof v !== 'string' || v.indexOf('--yk-') !== 0) return v;
      return paper ? ink[v] || '#000' : style.getPropertyValue(v).trim();
    });
  }
  function all(run) { Array.prototype.forEach.call(document.querySelectorAll('[data-chart]'), run); }
  function draw(el) {
    var data = document.getElementById(el.getAttribute('data-chart'));
    if (!window.echarts || !data) return;
    var options = themed(data.textContent), old = window.echarts.getInstanceByDom(el);
    if (old) old.dispose();
    options.animation = false;
    options.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
    options.tooltip = Object.assign({ renderMode: 'richText', confine: true }, options.tooltip);
    window.echarts.init(el, null, paper ? { renderer: 'svg', width: 640, height: 190 } : { renderer: 'svg' }).setOption(options);
  }
  function print(on) {
    if (paper === on) return;
    paper = on;
    all(draw);
  }
  window.addEventListener('beforeprint', function () { print(true); });
  window.addEventListener('afterprint', function () { print(false); });
  var sheet = window.matchMedia('print');
  if (sheet.addEventListener) sheet.addEventListener('change', function () { print(sheet.matches); });
  document.addEventListener('yike:theme', function () { all(draw); });
  document.addEventListener('htmx:afterSettle', function () { all(function (el) { if (!window.echarts.getInstanceByDom(el)) draw(el); }); });
  window.addEventListener('resize', function () { all(function (el) { var c = window.echarts && window.echarts.getInstanceByDom(el); if (c) c.resize(); }); });
  all(draw);
})();
