/* Charts: each [data-chart] names a JSON element that holds its options;
   strings such as "--yk-c1" become colours of the theme. Loaded after
   vendor/echarts.min.js, only by pages that draw. */
(function () {
  'use strict';
  function themed(options) {
    var style = getComputedStyle(document.documentElement);
    return JSON.parse(options, function (k, v) { return typeof v === 'string' && v.indexOf('--yk-') === 0 ? style.getPropertyValue(v).trim() : v; });
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
    window.echarts.init(el, null, { renderer: 'svg' }).setOption(options);
  }
  document.addEventListener('yike:theme', function () { all(draw); });
  document.addEventListener('htmx:afterSettle', function () { all(function (el) { if (!window.echarts.getInstanceByDom(el)) draw(el); }); });
  window.addEventListener('resize', function () { all(function (el) { var c = window.echarts && window.echarts.getInstanceByDom(el); if (c) c.resize(); }); });
  all(draw);
})();
