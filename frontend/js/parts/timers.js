// The time of a presentation: a button for each stretch starts its countdown. It runs on the device alone, survives a
// reload of the page, and past the end counts on what is over. Without scripts the minutes stand there as text.

import { say } from "./words.js";

function shown(seconds) {
  const all = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
}

class Timer {
  constructor(place, number) {
    this.key = `venture.timer|${window.location.pathname}|${number}`;
    this.seconds = Number(place.dataset.seconds);
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "btn btn-secondary";
    this.left = document.createElement("output");
    this.left.className = "timer-left";
    this.left.setAttribute("role", "timer");
    this.label = place.dataset.label;
    place.append(this.button, this.left);
    this.button.addEventListener("click", () => {
      if (this.end) {
        window.sessionStorage.removeItem(this.key);
      } else {
        window.sessionStorage.setItem(this.key, String(Date.now() + this.seconds * 1000));
      }
      this.tick();
    });
    this.tick();
  }

  get end() {
    return Number(window.sessionStorage.getItem(this.key));
  }

  tick() {
    const seconds = this.end ? Math.ceil((this.end - Date.now()) / 1000) : this.seconds;
    this.button.textContent = say(this.end ? "timer_reset" : "timer_start", { what: this.label });
    this.left.textContent = seconds < 0 ? say("timer_over", { time: shown(seconds) }) : shown(seconds);
    this.left.classList.toggle("is-near", seconds < 60);
  }
}

export function watchTimers() {
  const timers = [...document.querySelectorAll("[data-seconds]")].map((place, number) => new Timer(place, number));
  if (timers.length) {
    window.setInterval(() => timers.forEach((timer) => timer.tick()), 250);
  }
}
