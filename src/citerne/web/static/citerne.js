// What makes the dashboard quicker to use; every page works without it.
// A moved lever fetches the same page that the plain form would, and puts its figures in place.
(function () {
  "use strict";
  var view = document.getElementById("view");
  var levers = document.getElementById("levers");
  if (!view || !levers) return;
  var turn = 0, polling = 0, moving = 0, asked = null;

  function form() { return document.getElementById("levers-form"); }

  // address of a form: what is empty is left out
  function addressOf(which) {
    var words = [];
    new FormData(which).forEach(function (value, name) {
      if (value !== "") words.push(encodeURIComponent(name) + "=" + encodeURIComponent(value));
    });
    return which.getAttribute("action") + "?" + words.join("&");
  }

  function show(address, push, whole, quiet) {
    var mine = ++turn;
    clearTimeout(polling);
    if (asked) asked.abort();
    asked = new AbortController();
    if (!quiet) view.classList.add("busy");
    view.setAttribute("aria-busy", "true");
    return fetch(address, {signal: asked.signal, headers: {accept: "text/html"}}).then(function (answer) {
      return answer.text();
    }).then(function (text) {
      if (mine !== turn) return;
      var page = new DOMParser().parseFromString(text, "text/html");
      place(page, push, whole);
    }).catch(function (error) {
      if (mine !== turn || error.name === "AbortError") return;
      view.classList.remove("busy");
      location.href = address;
    });
  }

  function place(page, push, whole) {
    var fresh = page.getElementById("view");
    var top = window.scrollY;
    if (!fresh) { // a refusal: show it as it is
      fresh = page.querySelector("main");
      view.replaceChildren.apply(view, Array.from(fresh.childNodes));
    } else {
      var query = page.body.dataset.query, name = page.body.dataset.page;
      document.body.dataset.query = query;
      document.body.dataset.page = name;
      var here = (name === "overview" ? "/" : "/" + name) + "?" + query;
      if (push && here !== location.pathname + location.search) history.pushState(null, "", here);
      view.replaceChildren.apply(view, Array.from(fresh.childNodes));
      document.title = page.title;
      document.documentElement.lang = page.documentElement.lang;
      swap(page, "header");
      if (whole) { swap(page, "#levers"); levers = document.getElementById("levers"); slide(); }
      else keep(page);
    }
    view.classList.remove("busy");
    view.removeAttribute("aria-busy");
    window.scrollTo(0, top);
    mark();
    poll();
  }

  function swap(page, what) {
    var old = document.querySelector(what), fresh = page.querySelector(what);
    if (old && fresh) old.replaceWith(fresh);
  }

  // the levers stay as the hand left them; hidden fields and the link to undo follow the address
  function keep(page) {
    var fresh = page.getElementById("levers-form");
    form().querySelectorAll("input[type=hidden]").forEach(function (field) { field.remove(); });
    fresh.querySelectorAll("input[type=hidden]").forEach(function (field) { form().prepend(field); });
    form().action = fresh.getAttribute("action");
    form().querySelector(".buttons a").href = fresh.querySelector(".buttons a").getAttribute("href");
  }

  // progress of the futures in the background
  function poll() {
    clearTimeout(polling);
    var line = document.getElementById("progress"), waits = document.querySelector("[data-waiting]");
    if (!(line && line.dataset.busy) && !waits) return;
    var mine = turn;
    polling = setTimeout(function () {
      if (document.hidden) { poll(); return; }
      fetch("/progress?" + document.body.dataset.query).then(function (answer) { return answer.json(); })
        .then(function (now) {
          if (mine !== turn) return;
          var bar = line && line.querySelector("progress");
          if (bar) bar.value = now.least;
          var count = document.getElementById("count");
          if (count && line.dataset.busy) count.textContent = now.text;
          if (waits || now.least >= now.full) show(location.href, false, false, true);
          else poll();
        }).catch(function () { if (mine === turn) poll(); });
    }, 700);
  }

  // sliders beside the numbers, with the values that the case has used shaded
  function slide() {
    form().querySelectorAll("input[type=number][data-step]").forEach(function (field) {
      if (!field.placeholder) return;
      var range = document.createElement("input");
      range.type = "range";
      range.min = field.min; range.max = field.max; range.step = field.dataset.step;
      range.setAttribute("aria-label", field.labels[0].textContent);
      range.tabIndex = -1; // the number beside it is reached by keyboard
      var rest = field.dataset.recorded;
      function follow() { range.value = field.value !== "" ? field.value : (rest || field.min); }
      follow();
      range.addEventListener("input", function () { field.value = range.value; moved(); });
      field.addEventListener("input", follow);
      field.parentNode.appendChild(range);
      if (field.dataset.used) {
        var ends = field.dataset.used.split(" ").map(Number), low = +field.min, high = +field.max;
        var track = document.createElement("div"), bar = document.createElement("i");
        track.className = "track";
        bar.style.marginLeft = 100 * (ends[0] - low) / (high - low) + "%";
        bar.style.width = 100 * (ends[1] - ends[0]) / (high - low) + "%";
        track.appendChild(bar);
        track.title = field.dataset.usedText || "";
        field.parentNode.appendChild(track);
      }
    });
    mark();
  }

  function mark() {
    form().querySelectorAll(".lever").forEach(function (lever) {
      var field = lever.querySelector("[name]");
      var still = field.type === "checkbox" ? !field.checked
        : field.tagName === "SELECT" ? field.selectedIndex === 0
        : field.type === "number" && field.placeholder ? field.value === "" : true;
      lever.classList.toggle("moved", !still);
    });
  }

  function moved() {
    mark();
    clearTimeout(moving);
    moving = setTimeout(function () {
      if (form().checkValidity()) show(addressOf(form()), true, false);
      else form().reportValidity();
    }, 180);
  }

  document.addEventListener("change", function (event) {
    if (event.target.form && event.target.form === form() && event.target.name) moved();
  });
  document.addEventListener("submit", function (event) {
    if (!event.target.hasAttribute("data-live")) return;
    event.preventDefault();
    clearTimeout(moving);
    show(addressOf(event.target), true, event.target !== form());
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.hasAttribute("download") || link.origin !== location.origin) return;
    var to = new URL(link.href);
    if (to.hash || to.pathname.indexOf(".") >= 0) return;
    event.preventDefault();
    var other = to.pathname !== location.pathname;
    show(link.href, true, true).then(function () {
      if (other) { window.scrollTo(0, 0); view.focus({preventScroll: true}); }
    });
  });
  window.addEventListener("popstate", function () {
    clearTimeout(moving); // what a lever that goes away still says
    show(location.href, false, true);
  });
  slide();
  poll();
})();
