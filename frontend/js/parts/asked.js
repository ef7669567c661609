// What is asked only after a certain choice, <div data-asked-by="name" data-choice="value another">, is hidden while none of
// these is made; what is typed there stays. Begun after the texts, whose height is that of what can be seen.

export function watchAsked() {
  const places = [...document.querySelectorAll("[data-asked-by]")];
  const look = () =>
    places.forEach((place) => {
      const boxes = [...document.getElementsByName(place.dataset.askedBy)];
      const codes = place.dataset.choice.split(" ");
      const chosen = (box) => codes.includes(box.value) && (box.type !== "checkbox" || box.checked);
      place.hidden = !boxes.some((box) => chosen(box) && !box.closest("[data-asked-by][hidden]"));
    });
  document.addEventListener("change", look);
  look();
}
