// Lines of spending while they are typed: what each head would have left, and by how much a limit would be exceeded.
//
// <div data-heads data-grant-left="fen" data-says-…="…{head}…{excess}…"> holds the rows («unit_price-0», «quantity-0»,
// «table-0», «category-0») and a hidden element for each head (data-head="grant-staff", data-left, data-cap-left, in
// fen). Whole fen and hundredths here as on the server; the server's sums are the ones that count.

const digits = (text) =>
  text
    .replace(/[\uff10-\uff19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[\uff0e\u3002]/g, ".")
    .replace(/[,\uff0c\s]/g, "");

function hundredths(text) {
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(digits(text));
  return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : 0;
}

function yuan(fen) {
  const whole = String(Math.floor(Math.abs(fen) / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${fen < 0 ? "−" : ""}${whole}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

function look(box) {
  const value = (name, place) => {
    const field = box.querySelector(`[name="${name}-${place}"]`);
    return field ? field.value : "";
  };
  const spent = new Map();
  let granted = 0;
  for (let place = 0; box.querySelector(`[name="unit_price-${place}"]`); place += 1) {
    const amount = Math.round((hundredths(value("unit_price", place)) * hundredths(value("quantity", place))) / 100);
    if (amount) {
      const head = `${value("table", place)}-${value("category", place)}`;
      spent.set(head, (spent.get(head) || 0) + amount);
      granted += value("table", place) === "grant" ? amount : 0;
    }
  }
  const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (whole, key) => (key in facts ? facts[key] : whole));
  const said = [];
  spent.forEach((amount, key) => {
    const head = box.querySelector(`[data-head="${key}"]`);
    if (!head) {
      return;
    }
    const name = head.dataset.name;
    const left = Number(head.dataset.left) - amount;
    if ("capLeft" in head.dataset && amount > Number(head.dataset.capLeft)) {
      said.push(fill(box.dataset.saysCap, { head: name, excess: yuan(amount - Number(head.dataset.capLeft)) }));
    } else if (left < 0) {
      said.push(fill(box.dataset.saysOver, { head: name, excess: yuan(-left) }));
    } else {
      said.push(fill(box.dataset.saysLeft, { head: name, amount: yuan(amount), left: yuan(left) }));
    }
  });
  if (granted > Number(box.dataset.grantLeft)) {
    said.push(fill(box.dataset.saysGrant, { excess: yuan(granted - Number(box.dataset.grantLeft)) }));
  }
  box.querySelector("[data-heads-said]").textContent = said.join(" ");
}

export function watchHeads() {
  document.querySelectorAll("[data-heads]").forEach((box) => {
    box.addEventListener("input", () => look(box));
    box.addEventListener("change", () => look(box));
    look(box);
  });
}
