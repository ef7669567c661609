// Small things every page may use: the folded menu on a phone, focus on errors, «select all», no accidental double send.

const PATIENCE = 8000;

function foldMenu() {
  document.querySelectorAll("[data-menu]").forEach((button) => {
    const menu = document.getElementById(button.dataset.menu);
    button.hidden = false;
    menu.classList.add("is-menu", "is-folded");
    button.addEventListener("click", () => {
      const folded = menu.classList.toggle("is-folded");
      button.setAttribute("aria-expanded", String(!folded));
    });
  });
}

function focusErrors() {
  const summary = document.querySelector("[data-focus]");
  if (summary) {
    summary.focus();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a, .obstacles a");
    const hash = link && link.getAttribute("href").startsWith("#") ? link.getAttribute("href").slice(1) : "";
    const target = hash && document.getElementById(hash);
    if (target) {
      event.preventDefault();
      const field = target.matches("input, select, textarea, button") ? target : target.querySelector("input, select, textarea");
      (field || target).focus({ preventScroll: true });
      target.scrollIntoView({ block: "center" });
    }
  });
}

function checkAll() {
  document.querySelectorAll("[data-check-all]").forEach((all) => {
    const boxes = () =>
      [...document.querySelectorAll('input[type="checkbox"]')].filter(
        (box) => box.name === all.dataset.checkAll && !box.disabled,
      );
    const look = () => {
      const chosen = boxes().filter((box) => box.checked).length;
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
    };
    all.hidden = false;
    all.addEventListener("change", () => {
      const wanted = all.checked;
      boxes().forEach((box) => {
        if (box.checked !== wanted) {
          box.checked = wanted;
          box.dispatchEvent(new Event("change", { bubbles: true }));
        }
      });
      look();
    });
    document.addEventListener("change", (event) => event.target.name === all.dataset.checkAll && look());
    look();
  });
}

/** A second press within a few seconds is dropped; after that, or on coming back, sending again is free. */
function sendOnce() {
  const sent = new Map();
  const free = (form) => {
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
    sent.delete(form);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    form.querySelectorAll('button[type="submit"]').forEach((button) => button.setAttribute("aria-disabled", "true"));
    sent.set(form, window.setTimeout(() => free(form), PATIENCE));
  });
  window.addEventListener("pageshow", () => [...sent.keys()].forEach(free));
}

/** Rows shown as cards are no longer a table to some screen readers; roles say that they still are. */
function nameTables() {
  const roles = { table: "table", thead: "rowgroup", tbody: "rowgroup", tfoot: "rowgroup", tr: "row", td: "cell" };
  document.querySelectorAll("table.data").forEach((table) => {
    [table, ...table.querySelectorAll(Object.keys(roles).join(","))].forEach((part) => {
      part.setAttribute("role", roles[part.localName]);
    });
    table.querySelectorAll("th").forEach((head) => {
      head.setAttribute("role", head.scope === "row" ? "rowheader" : "columnheader");
    });
  });
}

/** The whole of a text that is made to be pasted elsewhere; without a clipboard it is selected, to be copied by hand. */
function copyTexts() {
  document.querySelectorAll("[data-copy]").forEach((part) => {
    const button = part.querySelector("[data-copy-button]");
    const said = part.querySelector("[data-copied]");
    const box = part.querySelector("textarea");
    button.hidden = false;
    button.addEventListener("click", async () => {
      box.focus();
      box.select();
      try {
        await navigator.clipboard.writeText(box.value);
      } catch {
        if (!document.execCommand("copy")) {
          return;
        }
      }
      said.textContent = said.dataset.copied;
    });
  });
}

/** A table that is wider than its place can be scrolled by keyboard too; one that fits is no stop for the Tab key. */
function scrollTables() {
  document.querySelectorAll(".table-wrap").forEach((wrap) => {
    const caption = wrap.querySelector("caption");
    if (wrap.scrollWidth > wrap.clientWidth + 1 && caption) {
      wrap.tabIndex = 0;
      wrap.setAttribute("role", "region");
      wrap.setAttribute("aria-label", caption.textContent.trim());
    } else {
      ["tabindex", "role", "aria-label"].forEach((name) => wrap.removeAttribute(name));
    }
  });
}

export function watchPage() {
  foldMenu();
  focusErrors();
  checkAll();
  sendOnce();
  nameTables();
  scrollTables();
  copyTexts();
  window.addEventListener("resize", scrollTables);
}
