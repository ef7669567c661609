// Beijing time in the footer and the time left before a deadline, both run on from the server's clock, not the device's.

import { say } from "./words.js";

const started = Date.now();

function now(server) {
  return Date.parse(server) + (Date.now() - started);
}

function beijing(moment) {
  return new Date(moment + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");
}

function left(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds <= 0) {
    return say("closed");
  }
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) {
    return say("left_days", { days, hours });
  }
  return hours ? say("left_hours", { hours, minutes }) : say("left_minutes", { minutes, seconds: seconds % 60 });
}

export function watchClocks() {
  const clocks = [...document.querySelectorAll("[data-clock]")];
  const deadlines = [...document.querySelectorAll("[data-deadline]")];
  const tick = () => {
    clocks.forEach((clock) => {
      clock.textContent = beijing(now(clock.dateTime));
    });
    deadlines.forEach((place) => {
      const rest = Date.parse(place.dataset.deadline) - now(place.dataset.now);
      place.textContent = left(rest);
      place.parentElement.classList.toggle("is-near", rest < 3600 * 1000);
    });
  };
  tick();
  window.setInterval(tick, 1000);
}
