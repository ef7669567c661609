// Papers sent in pieces: <div data-pieces="address to begin at" data-piece="address of each piece" data-limit="MB">
// around an ordinary form with a file field, which is what works where this script does not.
//
// Begin, as an ordinary form body: csrf_token, name, size, sha256, replaces. Answers: 200 {coming, have, piece} · 200 {done}
// · 422 {message}. Each piece then: csrf_token, coming, at, sha256 (of the piece), piece. Answers: 200 {have} · 200 {done} ·
// 422 {message}. The server alone says how much it has. When the line breaks the file is begun again, by itself, and goes on
// there; so it does when the page was closed and the same file is chosen once more.

import { say } from "./words.js";
import { shrunk } from "./photos.js";

const WAITS = [1, 2, 4, 8, 15, 30]; // seconds

async function hash(blob) {
  const found = new Uint8Array(await window.crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Refused extends Error {}

class Paper {
  constructor(box, file) {
    this.box = box;
    this.form = box.querySelector("form");
    this.file = file;
    this.row = document.createElement("li");
    this.row.className = "file";
    const name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name;
    this.state = document.createElement("span");
    this.state.className = "file-state";
    this.row.append(name, this.state);
    const list = box.querySelector("[data-coming]");
    list.hidden = false;
    list.append(this.row);
  }

  tell(name, facts) {
    this.state.textContent = say(name, facts);
  }

  /** Send it, however often the line breaks; true when it is attached. */
  async send(replaces) {
    try {
      this.tell("paper_prepared");
      this.content = await shrunk(this.file);
      if (this.content.size > Number(this.box.dataset.limit) * 1048576) {
        throw new Refused(say("paper_too_large", { limit: this.box.dataset.limit }));
      }
      this.sha256 = await hash(this.content);
      for (let tries = 0; ; tries += 1) {
        const before = this.have;
        const done = await this.through(replaces).catch((error) => {
          if (error instanceof Refused) {
            throw error;
          }
          return false;
        });
        if (done) {
          this.tell("paper_done");
          return true;
        }
        if (this.have !== before) {
          tries = 0;
        }
        this.tell("paper_waits");
        await this.pause(WAITS[Math.min(tries, WAITS.length - 1)]);
      }
    } catch (error) {
      this.row.classList.add("is-refused");
      this.state.textContent = error instanceof Refused ? error.message : say("paper_unread");
      return false;
    }
  }

  /** From where the server is to the end. Throws Refused, or what fetch throws. */
  async through(replaces) {
    const { name } = this.file;
    let answer = await this.post(this.box.dataset.pieces, { name, size: this.content.size, sha256: this.sha256, replaces });
    const { coming, piece } = answer;
    while (!answer.done) {
      this.have = answer.have;
      this.tell("paper_sent", { percent: Math.floor((this.have / this.content.size) * 100) });
      const part = this.content.slice(this.have, this.have + piece);
      const sent = { coming, replaces, at: this.have, sha256: await hash(part), piece: part };
      answer = await this.post(this.box.dataset.piece, sent);
    }
    return true;
  }

  async post(address, fields) {
    const body = new FormData();
    body.append("csrf_token", this.form.elements.csrf_token.value);
    Object.keys(fields).forEach((key) => body.append(key, fields[key]));
    const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
    const answer = await fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
    const json = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : null;
    if (answer.ok && json) {
      return json;
    }
    if (json && json.message) {
      throw new Refused(json.message);
    }
    if (answer.status >= 500 || answer.status === 429) {
      throw new Error("later");
    }
    throw new Refused(say("paper_signed_out"));
  }

  pause(seconds) {
    return new Promise((done) => {
      window.setTimeout(done, seconds * 1000);
      window.addEventListener("online", done, { once: true });
    });
  }
}

class Sender {
  constructor(box) {
    this.box = box;
    this.form = box.querySelector("form");
    this.field = this.form.querySelector('input[type="file"]');
    this.field.multiple = true;
    this.form.querySelector('button[type="submit"]').hidden = true;
    this.field.addEventListener("change", () => this.take());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.take();
    });
  }

  async take() {
    const files = [...this.field.files];
    const choice = this.form.elements.replaces;
    if (!files.length || this.busy) {
      return;
    }
    this.busy = true;
    this.field.disabled = true;
    let replaces = choice ? choice.value : "";
    let attached = 0;
    for (const file of files) {
      if (await new Paper(this.box, file).send(replaces)) {
        attached += 1;
        replaces = ""; // one takes the place of the old one, the others are added
      }
    }
    this.busy = false;
    this.field.disabled = false;
    this.field.value = "";
    if (attached === files.length) {
      window.location.reload();
    } else if (attached) {
      const link = document.createElement("a");
      link.href = window.location.href.split("#")[0];
      link.textContent = say("paper_list");
      this.box.append(link);
    }
  }
}

export function watchPapers() {
  if (window.crypto && window.crypto.subtle && Blob.prototype.arrayBuffer) {
    document.querySelectorAll("[data-pieces]").forEach((box) => new Sender(box));
  }
}
