// The score sheet: the sum while marks are typed, marks out of range shown at once, Ctrl+Enter to hand in, ← → or J K
// for the next proposal, a figure key for the first mark that is still missing. Marks are whole hundredths here as on the server; the server's sum is the one that counts.

import { say } from "./words.js";

/** Hundredths of a point from what was typed (full-width digits too), null for nothing or no number. */
function hundredths(text) {
  const typed = text
    .replace(/[\uff10-\uff19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[\uff0e\u3002]/g, ".")
    .trim();
  const found = /^(\d{1,4})(?:\.(\d{1,2}))?$/.exec(typed);
  return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : null;
}

function shown(mark) {
  return `${Math.floor(mark / 100)}.${String(mark % 100).padStart(2, "0")}`;
}

function fits(box) {
  const mark = hundredths(box.value);
  return mark !== null && mark <= Number(box.dataset.max) && mark % Number(box.dataset.step || 1) === 0;
}

function check(box) {
  const wrong = box.value.trim() !== "" && !fits(box);
  box.classList.toggle("is-wrong", wrong);
  box.setCustomValidity(
    wrong ? say("wrong_mark", { max: shown(Number(box.dataset.max)), step: shown(Number(box.dataset.step || 1)) }) : "",
  );
  box.title = box.validationMessage;
}

function add(form, boxes) {
  const fitting = boxes.filter(fits);
  const sum = fitting.reduce((total, box) => total + hundredths(box.value) * Number(box.dataset.weight || 100), 0);
  form.querySelectorAll("[data-total]").forEach((place) => {
    place.textContent = shown(Math.round(sum / 100));
  });
  form.querySelectorAll("[data-missing]").forEach((place) => {
    const missing = boxes.length - fitting.length;
    place.textContent = missing ? say("missing", { missing }) : "";
  });
}

export function watchMarks() {
  document.querySelectorAll("form").forEach((form) => {
    const boxes = [...form.querySelectorAll("[data-mark]")];
    if (!boxes.length) {
      return;
    }
    boxes.forEach(check);
    add(form, boxes);
    form.addEventListener("input", (event) => {
      if (boxes.includes(event.target)) {
        check(event.target);
        add(form, boxes);
      }
    });
    form.addEventListener("keydown", (event) => {
      const handIn = form.querySelector("[data-hand-in]");
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && handIn) {
        event.preventDefault();
        handIn.click();
      } else if (event.key === "Enter" && boxes.includes(event.target)) {
        event.preventDefault(); // Enter goes on to the next mark; it never hands in by accident
        const next = boxes[boxes.indexOf(event.target) + 1];
        (next || handIn || event.target).focus();
      }
    });
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable], [tabindex='0']");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) {
      return;
    }
    if (/^[0-9]$/.test(event.key)) {
      const boxes = [...document.querySelectorAll("[data-mark]")];
      const box = boxes.find((each) => each.value.trim() === "") || boxes[0];
      if (box) {
        box.focus();
        box.select(); // the figure goes into it
      }
      return;
    }
    const way = { ArrowLeft: "prev", k: "prev", ArrowRight: "next", j: "next" }[event.key];
    const link = way && document.querySelector(`[data-turn] a[rel="${way}"]`);
    if (link) {
      link.click();
    }
  });
}
