// How many signs a person sees in a text: the one rule for every limit in characters, the same here and in Python.
//
// The rule, on Unicode code points (a surrogate pair is one), after "\r\n" and "\r" have become "\n":
//   1. "\n" counts 1.
//   2. A mark that sits on the sign before it counts 0: U+0300–036F, U+20D0–20FF, U+FE00–FE0F, U+1F3FB–1F3FF,
//      U+E0020–E007F, U+E0100–E01EF, and the joiner U+200D. With no sign before it (at the start of the text or
//      right after "\n") it counts 1, as a sign of its own.
//   3. What follows a joiner that counted 0 belongs to the sign before the joiner and counts 0, unless it is "\n".
//   4. Regional indicators U+1F1E6–1F1FF count 1 per pair: one that directly follows an unpaired one counts 0.
//      Marks of rule 2 between the two break the pair.
//   5. Everything else counts 1: also blanks, punctuation and control characters. Nothing is trimmed.
//
// "" → 0, "社区" → 2, "a\r\nb" → 3, "é" as e + U+0301 → 1, "👩‍👩‍👧" → 1, "👍🏽" → 1, "🇨🇳🇨🇳" → 2, "1️⃣" → 1, U+0301 alone → 1.

const JOINER = 0x200d;
const ON_TOP = [
  [0x0300, 0x036f],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0x1f3fb, 0x1f3ff],
  [0xe0020, 0xe007f],
  [0xe0100, 0xe01ef],
];

export function countSigns(text) {
  let count = 0;
  let bare = true; // no sign stands before this place on the line
  let joined = false; // a joiner that counted 0 stands directly before
  let half = false; // an unpaired regional indicator stands directly before
  for (const sign of text.replace(/\r\n?/g, "\n")) {
    const point = sign.codePointAt(0);
    if (point === 0x0a) {
      count += 1;
      bare = true;
      joined = half = false;
      continue;
    }
    const flag = point >= 0x1f1e6 && point <= 0x1f1ff;
    const onTop = point === JOINER || ON_TOP.some(([first, last]) => point >= first && point <= last);
    const free = !bare && (onTop || joined || (flag && half));
    if (!free) {
      count += 1;
    }
    half = flag && !free;
    joined = point === JOINER && free;
    bare = false;
  }
  return count;
}
