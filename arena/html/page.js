"use strict";
// Everything that can be read is in the page already; this makes it move: which axis, which runs, values, plies.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const SVG = document.querySelector("svg").namespaceURI;
  const PLOT = data.plot, GRAPH = data.graph;  // where charts and graphs have their axes
  document.documentElement.classList.add("js");

  // Which axis the charts have.
  function showAxis(axis) {
    for (const chart of all(".chart")) {
      const views = all(".view", chart);
      if (views.length > 1) for (const view of views) view.hidden = view.dataset.axis !== axis;
    }
  }
  for (const input of all("input[name=axis]")) input.addEventListener("change", () => showAxis(input.value));

  // Which lines are shown. All lines and buttons of one key go together.
  for (const button of all(".legend button")) {
    button.addEventListener("click", () => {
      const key = button.dataset.key, on = button.getAttribute("aria-pressed") === "false";
      for (const other of all(".legend button")) if (other.dataset.key === key) other.setAttribute("aria-pressed", on);
      for (const line of all(".series")) if (line.dataset.key === key) line.classList.toggle("off", !on);
    });
  }

  // Values where one points.
  const digits = (value, count) => String(Number(value.toPrecision(count)));
  const written = {
    percent: value => (100 * value).toFixed(1) + " %",
    count: value => Math.round(value).toLocaleString("en"),
    number: value => digits(value, 4),
  };
  const places = {
    seconds: value => (value < 120 ? digits(value, 3) + " s" : value < 7200 ? digits(value / 60, 3) + " min" : digits(value / 3600, 3) + " h"),
    games: value => Math.round(value).toLocaleString("en") + " games",
    moves: value => Math.round(value).toLocaleString("en") + " moves",
    ply: value => "ply " + value,
  };

  function nearest(values, wanted) {
    let best = 0;
    for (let i = 1; i < values.length; i++) if (Math.abs(values[i] - wanted) < Math.abs(values[best] - wanted)) best = i;
    return best;
  }

  function point(figure, svg, axis, event) {
    const chart = data.charts[figure.dataset.chart], box = svg.getBoundingClientRect();
    const [low, high] = svg.dataset.domain.split(" ").map(Number);
    const scale = svg.viewBox.baseVal.width / box.width;
    const share = ((event.clientX - box.left) * scale - PLOT.left) / (PLOT.right - PLOT.left);
    const wanted = low + Math.min(1, Math.max(0, share)) * (high - low);
    const tip = figure.querySelector(".tip"), rows = [];
    let at = null;
    for (const line of all(".series", svg)) {
      if (line.classList.contains("off")) continue;
      const series = chart.series.find(one => one.key === line.dataset.key);
      const i = nearest(series.x[axis], wanted);
      if (at === null || Math.abs(series.x[axis][i] - wanted) < Math.abs(at - wanted)) at = series.x[axis][i];
      let text = written[chart.form](series.y[i]);
      if (series.low.length && series.low[i] !== null) {
        text += " (" + written[chart.form](series.low[i]) + " to " + written[chart.form](series.high[i]) + ")";
      }
      rows.push([line, series.label, text]);
    }
    const cursor = svg.querySelector(".cursor");
    if (at === null) return leave(figure);
    const x = PLOT.left + (at - low) / (high - low) * (PLOT.right - PLOT.left);
    cursor.setAttribute("d", `M${x} ${PLOT.top}V${PLOT.bottom}`);
    cursor.removeAttribute("hidden");
    tip.replaceChildren(document.createTextNode(places[axis](at)), ...rows.map(([line, label, text]) => {
      const row = document.createElement("div"), value = document.createElement("b");
      const swatch = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
      swatch.setAttribute("class", "swatch " + [...line.classList].find(name => name.startsWith("look-")));
      swatch.setAttribute("viewBox", "-16 -7 32 14");
      path.setAttribute("class", "line");
      path.setAttribute("d", "M-16 0H16");
      swatch.append(path);
      value.textContent = text;
      row.append(swatch, document.createTextNode(label), value);
      return row;
    }));
    tip.hidden = false;
    const around = figure.getBoundingClientRect(), left = box.left - around.left + x / scale;
    const right = left + 14 + tip.offsetWidth <= around.width;
    tip.style.left = Math.max(0, right ? left + 14 : left - 14 - tip.offsetWidth) + "px";
    tip.style.top = box.top - around.top - tip.offsetHeight - 2 + "px";  // over the title, never over the lines
  }

  function leave(figure) {
    figure.querySelector(".tip").hidden = true;
    for (const cursor of all(".cursor", figure)) cursor.setAttribute("hidden", "");
  }

  for (const figure of all(".chart")) {
    for (const view of all(".view", figure)) {
      const svg = view.querySelector("svg");
      svg.addEventListener("pointermove", event => point(figure, svg, view.dataset.axis, event));
      svg.addEventListener("pointerdown", event => point(figure, svg, view.dataset.axis, event));
      svg.addEventListener("pointerleave", () => leave(figure));
    }
  }

  // Games, ply by ply.
  const seats = ["first player", "second player"];

  function stamp(name, cell) {
    const use = document.createElementNS(SVG, "use"), [x, y] = data.middles[cell];
    use.setAttribute("href", "#" + name);
    use.setAttribute("x", x);
    use.setAttribute("y", y);
    return use;
  }

  for (const article of all(".game")) {
    const game = data.games[article.dataset.game], slider = article.querySelector("input");
    const stones = article.querySelector(".stones"), marks = article.querySelector(".marks");
    const graph = article.querySelector(".graph"), cursor = graph.querySelector(".cursor");
    const step = Number(graph.dataset.step), plies = game.moves.length;

    function show(ply) {
      const board = [...game.start];
      for (const changes of game.changes.slice(0, ply)) for (const [cell, seat] of changes) board[cell] = seat;
      stones.replaceChildren(...board.flatMap((seat, cell) => (seat < 0 ? [] : [stamp("stone-" + seat, cell)])));
      const landing = ply ? game.landings[ply - 1] : null, found = ply === plies ? game.winning : [];
      marks.replaceChildren(...found.map(cell => stamp("won", cell)));
      if (landing !== null) marks.append(stamp("last-" + (ply - 1) % 2, landing));
      slider.value = ply;
      slider.setAttribute("aria-valuetext", `${ply} of ${plies} moves`);
      cursor.setAttribute("d", `M${GRAPH.left + ply * step} ${GRAPH.top}V${GRAPH.bottom}`);
      article.querySelector(".ply").textContent = told(ply);
      for (const button of all(".moves button", article)) {
        if (Number(button.dataset.ply) === ply) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      }
    }

    function told(ply) {
      if (ply === 0) return `The start; ${plies} moves follow.`;
      const how = ply <= game.random ? "drawn at random, Q\u00a0" : "Q\u00a0";
      let text = `${ply} of ${plies}: the ${seats[(ply - 1) % 2]} plays ${game.moves[ply - 1]}, ${how}${game.q[ply - 1]}`;
      if (ply === plies) text += game.winner === null ? "; a draw" : `; the ${seats[game.winner]} wins`;
      return text + ".";
    }

    const moves = {
      first: () => 0,
      back: () => Math.max(0, Number(slider.value) - 1),
      on: () => Math.min(plies, Number(slider.value) + 1),
      last: () => plies,
    };
    for (const button of all("[data-step]", article.querySelector(".controls"))) {
      button.addEventListener("click", () => show(moves[button.dataset.step]()));
    }
    slider.addEventListener("input", () => show(Number(slider.value)));
    for (const button of all(".moves button", article)) {
      button.addEventListener("click", () => show(Number(button.dataset.ply)));
    }
    graph.addEventListener("click", event => {
      const box = graph.getBoundingClientRect();
      const x = (event.clientX - box.left) * graph.viewBox.baseVal.width / box.width;
      show(Math.min(plies, Math.max(0, Math.round((x - GRAPH.left) / step))));
    });
    show(plies);
  }

  // Paper has room for everything, and folds nothing.
  addEventListener("beforeprint", () => { for (const one of all("details")) one.open = true; });
})();
