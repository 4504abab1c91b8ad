"use strict";
// One board that steps through any game of the page.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = document.querySelector("svg").namespaceURI;
  document.documentElement.classList.add("js");
  const article = document.querySelector(".game");
  if (article === null) return;
  const one = selector => article.querySelector(selector);
  const slider = one("input"), list = one(".moves"), which = document.getElementById("which");
  const seats = ["first player", "second player"];
  let game = data.games[0];

  function stamp(name, cell) {
    const use = document.createElementNS(SVG, "use"), [x, y] = data.middles[cell];
    use.setAttribute("href", "#" + name);
    use.setAttribute("x", x);
    use.setAttribute("y", y);
    return use;
  }

  function show(ply) {
    const board = [...game.start], plies = game.moves.length;
    for (const changes of game.changes.slice(0, ply)) for (const [cell, seat] of changes) board[cell] = seat;
    one(".stones").replaceChildren(...board.flatMap((seat, cell) => (seat < 0 ? [] : [stamp("stone-" + seat, cell)])));
    const landing = ply ? game.landings[ply - 1] : null, won = ply === plies ? game.winning : [];
    one(".marks").replaceChildren(...won.map(cell => stamp("won", cell)));
    if (landing !== null) one(".marks").append(stamp("last-" + (ply - 1) % 2, landing));
    slider.value = ply;
    slider.setAttribute("aria-valuetext", `${ply} of ${plies} moves`);
    one(".ply").textContent = told(ply, plies);
    for (const button of list.querySelectorAll("button")) {
      if (Number(button.dataset.ply) === ply) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }

  function told(ply, plies) {
    if (ply === 0) return `The start; ${plies} moves follow.`;
    let text = `${ply} of ${plies}: the ${seats[(ply - 1) % 2]} plays ${game.moves[ply - 1]}`;
    if (ply <= game.begun) text += ", of the opening";
    if (ply === plies) text += game.winner === null ? "; a draw" : `; the ${seats[game.winner]} wins`;
    return text + ".";
  }

  function open(number) {
    game = data.games[number];
    one(".title").textContent = game.title;
    slider.max = game.moves.length;
    list.replaceChildren(...game.moves.map((move, place) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.textContent = move;
      button.dataset.ply = place + 1;
      if (place < game.begun) {
        button.className = "random";
        button.title = "of the opening";
      }
      button.addEventListener("click", () => show(place + 1));
      item.append(button);
      return item;
    }));
    show(game.moves.length);
  }

  const moves = {
    first: () => 0,
    back: () => Math.max(0, Number(slider.value) - 1),
    on: () => Math.min(game.moves.length, Number(slider.value) + 1),
    last: () => game.moves.length,
  };
  for (const button of article.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => show(moves[button.dataset.step]()));
  }
  slider.addEventListener("input", () => show(Number(slider.value)));
  which.addEventListener("change", () => open(Number(which.value)));
  open(Number(which.value));
})();
