// Forms that save themselves: <form data-autosave="address" data-version="3" data-person="7">.
//
// A changed field is kept on this device at once (localStorage, by address, person and field), sent 1.5 s after the
// last key or when the field is left, and forgotten here once the server has it.
// Sent, as an ordinary form body: csrf_token, version, `changed` once per changed field, and each such field's values.
// With it goes the form's hidden field `base`, if it has one: what the page has of each field, as fingerprints.
// Answers: 200 {saved_at: "10:32:05", version: 4, base?: {field: fingerprint}} · 409 {message?} somebody else changed it · 422 {message?} not accepted.
// Anything else that is JSON-less and redirected is the sign-in page. No answer, or 5xx: offline, tried again every 5 s.
// After a reload, text that never arrived goes back into its field when the server still holds what the person had
// started from; when the server holds something else, both are shown and the person chooses.

import { say } from "./words.js";

const PAUSE = 1500;
const RETRY = 5000;
const PATIENCE = 8000;
const OLD = 30 * 24 * 3600 * 1000;
const PREFIX = "venture-kept|";

function storage(act) {
  try {
    return act(window.localStorage);
  } catch (error) {
    return null; // private windows and full disks: the draft then lives on the server alone
  }
}

function plain(values) {
  return values.map((value) => value.replace(/\r\n?/g, "\n").trim());
}

function same(some, others) {
  const [one, two] = [plain(some), plain(others)];
  return one.length === two.length && one.every((value, index) => value === two[index]);
}

class Draft {
  constructor(form) {
    this.form = form;
    this.address = form.dataset.autosave;
    this.prefix = `${PREFIX}${this.address}|${form.dataset.person || ""}|`;
    this.line = form.querySelector("[data-saved]") || document.querySelector("[data-saved]");
    this.known = form.querySelector('input[type="hidden"][name="base"]');
    this.base = new Map(); // what the server held when the page was made
    this.waiting = new Set(); // fields not yet on the server
    this.timer = 0;
    this.busy = false;
    this.stopped = false;
    this.held = null; // the button of a submit that waits
    for (const field of form.elements) {
      if (this.covers(field)) {
        this.base.set(field.name, this.values(field.name));
      }
    }
    this.restore();
    form.addEventListener("input", (event) => this.changed(event.target));
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("focusout", () => this.send());
    form.addEventListener("submit", (event) => this.leave(event));
    window.addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => document.hidden && this.send());
    window.setInterval(() => this.failed && this.send(), RETRY);
  }

  covers(field) {
    return Boolean(field.name) && !["hidden", "file", "password", "submit", "button"].includes(field.type);
  }

  values(name) {
    return new FormData(this.form).getAll(name).filter((value) => typeof value === "string");
  }

  fields(name) {
    return [...this.form.elements].filter((field) => field.name === name && this.covers(field));
  }

  put(name, values) {
    for (const field of this.fields(name)) {
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = values.includes(field.value);
      } else if (field.type === "select-multiple") {
        [...field.options].forEach((option) => {
          option.selected = values.includes(option.value);
        });
      } else {
        field.value = values[0] || "";
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  changed(field) {
    if (!this.covers(field)) {
      return;
    }
    this.keep(field.name);
    this.waiting.add(field.name);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.send(), PAUSE);
  }

  keep(name, more = {}) {
    const kept = { values: this.values(name), base: this.base.get(name) || [], at: Date.now(), ...more };
    storage((box) => box.setItem(this.prefix + name, JSON.stringify(kept)));
  }

  /**
   * An ordinary submit carries every field: what it leaves kept here is given up once the server shows a new text.
   * It waits for a save that is still under way, which it would else meet on the server as somebody else's.
   */
  leave(event) {
    window.clearTimeout(this.timer);
    if (this.busy && event.submitter && !this.held) {
      event.preventDefault();
      this.held = event.submitter;
      window.setTimeout(() => this.resume(), PATIENCE);
      return;
    }
    this.waiting.forEach((name) => this.keep(name, { submitted: true }));
  }

  resume() {
    if (this.held) {
      this.held.click(); // passes `leave` while it is still held
      this.held = null;
    }
  }

  async send() {
    window.clearTimeout(this.timer);
    if (this.busy || this.stopped || !this.waiting.size) {
      return;
    }
    this.busy = true;
    const sent = new Map([...this.waiting].map((name) => [name, this.values(name)]));
    const body = new URLSearchParams();
    body.append("csrf_token", this.form.elements.csrf_token.value);
    body.append("version", this.form.dataset.version);
    if (this.known) {
      body.append("base", this.known.value);
    }
    sent.forEach((values, name) => {
      body.append("changed", name);
      values.forEach((value) => body.append(name, value));
    });
    this.tell("saving");
    try {
      const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
      const answer = await fetch(this.address, { method: "POST", body, headers, credentials: "same-origin" });
      const json = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : null;
      this.take(answer, json, sent);
    } catch (error) {
      this.failed = true;
      this.tell("offline", {}, "is-offline");
    }
    this.busy = false;
    if (this.held) {
      this.resume();
      return;
    }
    const later = [...sent].some(([name, values]) => this.waiting.has(name) && !same(values, this.values(name)));
    if (later && !this.failed) {
      this.timer = window.setTimeout(() => this.send(), PAUSE);
    }
  }

  take(answer, json, sent) {
    this.failed = false;
    if (answer.ok && json) {
      this.form.dataset.version = json.version;
      this.form.querySelectorAll('input[type="hidden"][name="version"]').forEach((field) => {
        field.value = json.version;
      });
      if (this.known && json.base) {
        this.known.value = JSON.stringify({ ...JSON.parse(this.known.value), ...json.base });
      }
      sent.forEach((values, name) => {
        this.base.set(name, values);
        if (same(values, this.values(name))) {
          this.waiting.delete(name);
          storage((box) => box.removeItem(this.prefix + name));
        } else {
          this.keep(name);
        }
      });
      this.tell("saved", { at: json.saved_at });
    } else if (answer.status === 409) {
      this.stopped = true;
      this.tell("clash", {}, "is-clash", json && json.message, true);
    } else if (answer.redirected || answer.status === 400 || answer.status === 401) {
      this.stopped = true;
      this.tell("signed_out", {}, "is-clash", null, true);
    } else if (answer.status >= 500 || answer.status === 429) {
      this.failed = true;
      this.tell("offline", {}, "is-offline");
    } else {
      sent.forEach((values, name) => this.waiting.delete(name));
      this.tell("refused", {}, "is-clash", json && json.message);
    }
  }

  tell(name, facts = {}, kind = "", text = null, reload = false) {
    if (!this.line) {
      return;
    }
    this.line.textContent = text || say(name, facts);
    this.line.classList.toggle("is-offline", kind === "is-offline");
    this.line.classList.toggle("is-clash", kind === "is-clash");
    if (reload) {
      const link = document.createElement("a");
      link.href = window.location.href;
      link.textContent = say("reload");
      this.line.append(" ", link);
    }
  }

  restore() {
    const names = [...this.base.keys()];
    names.forEach((name) => {
      const text = storage((box) => box.getItem(this.prefix + name));
      if (!text) {
        return;
      }
      const kept = JSON.parse(text);
      const held = this.base.get(name);
      if (Date.now() - kept.at > OLD || (kept.submitted && !same(held, kept.base))) {
        storage((box) => box.removeItem(this.prefix + name));
      } else if (same(held, kept.values)) {
        this.waiting.add(name); // the page may show what a refused submit carried: let the server have it too
      } else if (same(held, kept.base)) {
        this.put(name, kept.values);
        this.waiting.add(name);
        this.note(name, say("restored"));
      } else {
        this.offer(name, kept);
      }
    });
    if (this.waiting.size) {
      this.timer = window.setTimeout(() => this.send(), PAUSE);
    }
  }

  note(name, ...content) {
    const field = this.fields(name)[0];
    const place = field.closest(".field, .mark-row") || field.parentElement;
    const box = document.createElement("div");
    box.className = "kept";
    box.setAttribute("role", "status");
    box.append(...content);
    place.append(box);
    return box;
  }

  offer(name, kept) {
    const time = new Date(kept.at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
    const text = document.createElement("p");
    text.className = "kept-text";
    text.textContent = kept.values.join(" · ");
    const acts = document.createElement("div");
    acts.className = "cluster";
    const box = this.note(name, say("kept_here", { at: time }), text, acts);
    const act = (label, run) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-secondary btn-small";
      button.textContent = label;
      button.addEventListener("click", () => {
        run();
        box.remove();
        this.fields(name)[0].focus();
      });
      acts.append(button);
    };
    act(say("use_mine"), () => this.put(name, kept.values));
    act(say("drop_mine"), () => storage((store) => store.removeItem(this.prefix + name)));
  }
}

export function watchForms() {
  document.querySelectorAll("form[data-autosave]").forEach((form) => new Draft(form));
}
