// Long texts: the box grows with the text, the counter tells how much of the limit is used.

import { countSigns } from "./signs.js";
import { say } from "./words.js";

function grow(box) {
  const least = box.dataset.least || String(box.offsetHeight);
  box.dataset.least = least;
  box.style.height = "auto";
  box.style.height = `${Math.max(Number(least), box.scrollHeight + 2)}px`;
}

function count(counter) {
  const box = document.getElementById(counter.dataset.counter);
  const limit = Number(counter.dataset.limit);
  const typed = countSigns(box.value);
  const over = typed - limit;
  counter.textContent = over > 0 ? say("over", { typed, limit, over }) : say("typed", { typed, limit });
  counter.classList.toggle("is-over", over > 0);
}

export function watchTexts() {
  const counters = [...document.querySelectorAll("[data-counter]")].filter((one) =>
    document.getElementById(one.dataset.counter),
  );
  const boxes = [...document.querySelectorAll("textarea.form-control")];
  counters.forEach(count);
  boxes.forEach(grow);
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea.form-control")) {
      grow(event.target);
    }
    counters.filter((one) => one.dataset.counter === event.target.id).forEach(count);
  });
  window.addEventListener("resize", () => boxes.forEach(grow));
}
