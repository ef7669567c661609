// Photos made smaller before they travel: JPEG and PNG above LEAST bytes, to at most SIDE pixels a side.
//
// The browser turns the picture as the camera says (EXIF) while it is drawn, so that it stands upright without it. The
// original is kept when the browser cannot do that, when something goes wrong, or when the smaller one is not smaller.

const LEAST = 1024 * 1024;
const SIDE = 2400; // an A4 page at about 200 dots an inch
const QUALITY = 0.85;

async function upright(file) {
  try {
    return await window.createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    return null; // older than this word, or no picture at all
  }
}

export async function shrunk(file) {
  if (!["image/jpeg", "image/png"].includes(file.type) || file.size < LEAST || !window.createImageBitmap) {
    return file;
  }
  const picture = await upright(file);
  if (!picture) {
    return file;
  }
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const made = await new Promise((done) => canvas.toBlob(done, file.type, QUALITY));
  return made && made.type === file.type && made.size < file.size ? made : file;
}

/** In <div data-photos>, a photo that is chosen in an ordinary form is made smaller before the form is sent. */
export function watchPhotos() {
  if (!window.DataTransfer) {
    return;
  }
  document.querySelectorAll('[data-photos] input[type="file"]').forEach((field) => {
    field.addEventListener("change", async () => {
      const chosen = field.files[0];
      const made = chosen ? await shrunk(chosen) : chosen;
      if (made !== chosen && field.files[0] === chosen) {
        const held = new DataTransfer();
        held.items.add(new File([made], chosen.name, { type: made.type }));
        field.files = held.files;
      }
    });
  });
}
