// The sentences that scripts show, in the page's language; the page carries them as JSON.

const element = document.getElementById("script-words");
const sentences = element ? JSON.parse(element.textContent) : {};

export function say(name, facts = {}) {
  return (sentences[name] || "").replace(/\{(\w+)\}/g, (whole, key) => (key in facts ? String(facts[key]) : whole));
}
