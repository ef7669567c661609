// How long one is still signed in: a warning five minutes before, and signing in in place; what was typed stays.
//
// <section data-session="address of the state" data-stay="address that counts as presence" data-person data-left hidden>
// with one child per state: data-when="soon | over | other | back".
// The state is asked quietly (asking is no sign of presence); typing is one, and is told at most every five minutes.
// After signing in again, perhaps in another window, the forms of this page get the token of the new sign-in.

import { say } from "./words.js";

const SOON = 5 * 60;
const TOLD = 5 * 60 * 1000;
const OFTEN = 5 * 1000;

class Session {
  constructor(box) {
    this.box = box;
    this.person = Number(box.dataset.person);
    this.over = Date.now() + Number(box.dataset.left) * 1000;
    this.told = Date.now();
    this.state = "";
    this.busy = false;
    box.querySelector("button").addEventListener("click", () => this.stay());
    document.addEventListener("input", () => Date.now() - this.told > TOLD && this.state === "" && this.stay());
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    window.setInterval(() => document.hidden || this.look(), OFTEN);
  }

  get left() {
    return (this.over - Date.now()) / 1000;
  }

  look() {
    if (this.left > SOON && this.state === "") {
      return;
    }
    this.ask();
  }

  async ask() {
    if (this.busy) {
      return;
    }
    this.busy = true;
    try {
      const answer = await fetch(this.box.dataset.session, { credentials: "same-origin", cache: "no-store" });
      this.take(await answer.json());
    } catch (error) {
      this.told = 0; // no network: nothing is known, and the page stays as it is
    }
    this.busy = false;
  }

  take({ left, person, token }) {
    const back = ["over", "other"].includes(this.state) && person === this.person;
    if (person === this.person) {
      this.over = Date.now() + left * 1000;
      document.querySelectorAll('input[name="csrf_token"]').forEach((field) => {
        field.value = token;
      });
    }
    if (!left) {
      this.show("over");
    } else if (person !== this.person) {
      this.show("other");
    } else if (back) {
      this.show("back");
      window.setTimeout(() => this.state === "back" && this.show(""), OFTEN);
    } else if (left <= SOON) {
      this.box.querySelector("[data-minutes]").textContent = say("left_soon", { minutes: Math.ceil(left / 60) });
      this.show("soon");
    } else if (this.state !== "back") {
      this.show("");
    }
  }

  show(state) {
    if (state === this.state) {
      return;
    }
    this.state = state;
    this.box.querySelectorAll("[data-when]").forEach((part) => {
      part.hidden = part.dataset.when !== state;
    });
    this.box.hidden = state === "";
  }

  async stay() {
    this.told = Date.now();
    const token = document.querySelector('input[name="csrf_token"]');
    const body = new URLSearchParams({ csrf_token: token ? token.value : "" });
    try {
      await fetch(this.box.dataset.stay, {
        method: "POST",
        body,
        headers: { "X-Requested-With": "fetch" },
        credentials: "same-origin",
      });
    } catch (error) {
      this.told = 0; // no network: told at the next key
    }
    this.ask();
  }
}

export function watchSession() {
  const box = document.querySelector("[data-session]");
  if (box) {
    new Session(box);
  }
  const again = document.querySelector("form[data-send]");
  if (again) {
    again.submit(); // the person pressed the button a moment ago and has since shown who they are
  }
}
