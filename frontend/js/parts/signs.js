// How long a text is: signs as people see them, counted alike here and on the server (venture/applications/signs.py).
//
// The rule: walk the code points; each begins a new sign, except
//   1. U+000A directly after U+000D (a line break is one sign);
//   2. one that extends: general category M, U+200C, U+200D, a skin tone U+1F3FB–1F3FF, a tag U+E0020–E007F;
//   3. a pictograph (U+2190–2BFF, U+1F000–1FAFF) directly after U+200D, when the sign it would join began with one;
//   4. a regional indicator U+1F1E6–1F1FF that completes a pair (a flag).
// Nothing extends a line break or the start of the text. Nothing is normalised or trimmed first.

const MARK = /^\p{M}$/u;

function within(point, first, last) {
  return point >= first && point <= last;
}

function extendsSign(sign, point) {
  return (
    point === 0x200c ||
    point === 0x200d ||
    within(point, 0x1f3fb, 0x1f3ff) ||
    within(point, 0xe0020, 0xe007f) ||
    MARK.test(sign)
  );
}

function isPictograph(point) {
  return within(point, 0x2190, 0x2bff) || within(point, 0x1f000, 0x1faff);
}

export function countSigns(text) {
  let count = 0;
  let base = 0; // the code point with which the present sign began
  let previous = 0x0a;
  let halfFlag = false;
  for (const sign of text) {
    const point = sign.codePointAt(0);
    const flag = within(point, 0x1f1e6, 0x1f1ff);
    let joins = false;
    if (previous === 0x0d && point === 0x0a) {
      joins = true;
    } else if (previous !== 0x0d && previous !== 0x0a) {
      joins =
        extendsSign(sign, point) ||
        (previous === 0x200d && isPictograph(base) && isPictograph(point)) ||
        (flag && halfFlag);
    }
    halfFlag = flag && !joins;
    if (!joins) {
      count += 1;
      base = point;
    }
    previous = point;
  }
  return count;
}
