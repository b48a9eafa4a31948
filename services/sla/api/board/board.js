"use strict";
(() => {
  const KEY = "ponteiro.board.token";
  const SILENT_MS = 45000;
  const $ = (id) => document.getElementById(id);
  const words = document.body.dataset;
  let token = sessionStorage.getItem(KEY) || "";
  let seen = "";
  let shownAt = 0;
  let listening = null;

  const pad = (number) => String(number).padStart(2, "0");
  const span = (total) => {
    const seconds = Math.max(0, Math.floor(total));
    const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24;
    const m = Math.floor(seconds / 60) % 60, s = seconds % 60;
    if (d) return `${d} d ${h} h ${pad(m)} min`;
    if (h) return `${h} h ${pad(m)} min ${pad(s)} s`;
    return m ? `${m} min ${pad(s)} s` : `${s} s`;
  };
  const say = (word, length) => words[word].replace("{}", () => span(length));
  const state = (text) => { $("state").textContent = text; };

  // Each line bears what the server knew at data-at; from there its clock runs by what has passed here.
  function tick() {
    const board = $("board");
    if (board.hidden || !board.dataset.at || board.dataset.stands) return;
    const at = Date.parse(board.dataset.at), now = at + Date.now() - shownAt;
    for (const line of board.querySelectorAll("li")) {
      const { state: stands, due, remaining, counting, turns } = line.dataset;
      const clock = line.querySelector(".clock");
      if (stands === "breached") clock.textContent = say("late", (now - Date.parse(due)) / 1000);
      if (stands !== "running") continue;
      const turn = turns ? Date.parse(turns) : Infinity;
      const ran = counting ? Math.min(now, turn) - at : Math.max(0, now - turn);
      const left = Number(remaining) - ran / 1000;
      const open = counting ? now < turn : now >= turn;
      clock.textContent = say(open ? "left" : "closed", left);
      line.classList.toggle("soon", left < 900);
    }
  }

  function show(html) {
    const found = new DOMParser().parseFromString(html, "text/html").getElementById("board");
    if (!found) return;
    shownAt = Date.now();
    $("board").replaceWith(document.adoptNode(found));
    tick();
  }

  function take(event) {
    const lines = event.split("\n"), data = [];
    for (const line of lines) {
      if (line.startsWith("id: ")) seen = line.slice(4);
      if (line.startsWith("data: ")) data.push(line.slice(6));
    }
    if (data.length) show(data.join("\n"));
  }

  async function listen(stop) {
    const headers = { Authorization: `Bearer ${token}`, Accept: "text/event-stream" };
    if (seen) headers["Last-Event-ID"] = seen;
    const locale = document.documentElement.lang;
    const where = `/v1/board/events?locale=${encodeURIComponent(locale)}`;
    const answer = await fetch(where, { headers, cache: "no-store", signal: stop.signal });
    if (answer.status === 401 || answer.status === 403) return leave(words.refused);
    if (answer.status === 429) throw new Error(words.crowded);
    if (!answer.ok) throw new Error(words.lost);
    state(words.live);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const silence = setTimeout(() => stop.abort(), SILENT_MS);
      const { value, done } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      events.forEach(take);
    }
  }

  async function stay() {
    for (let wait = 1000; token; wait = Math.min(wait * 2, 30000)) {
      const began = Date.now();
      listening = new AbortController();
      try {
        await listen(listening);
        if (token) state(words.lost);
      } catch (error) {
        if (token) state(error.message === words.crowded ? words.crowded : words.lost);
      }
      if (Date.now() - began > 60000) wait = 1000;
      if (token) await new Promise((done) => setTimeout(done, wait));
    }
  }

  function enter() {
    $("enter").hidden = true;
    $("leave").hidden = $("board").hidden = false;
    stay();
  }

  function leave(why) {
    token = seen = "";
    sessionStorage.removeItem(KEY);
    if (listening) listening.abort();
    $("board").replaceChildren();
    $("board").hidden = $("leave").hidden = true;
    $("enter").hidden = false;
    state(why || "");
  }

  $("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    token = $("token").value.trim().replace(/^Bearer\s+/i, "");
    $("token").value = "";
    sessionStorage.setItem(KEY, token);
    if (token) enter();
  });
  $("leave").addEventListener("click", () => leave());
  setInterval(tick, 1000);
  if (token) enter(); else $("enter").hidden = false;
})();
