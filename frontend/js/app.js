// What every page gets on top of plain HTML; each part looks for its own marks in the page and leaves the rest alone.

import { watchTexts } from "./parts/texts.js";
import { watchForms } from "./parts/autosave.js";
import { watchMarks } from "./parts/marks.js";
import { watchClocks } from "./parts/clocks.js";
import { watchPapers } from "./parts/papers.js";
import { watchPage } from "./parts/page.js";
import { watchSession } from "./parts/session.js";
import { watchAsked } from "./parts/asked.js";
import { watchHeads } from "./parts/heads.js";
import { watchPhotos } from "./parts/photos.js";

watchPage();
watchForms();
watchTexts();
watchMarks();
watchClocks();
watchPapers();
watchSession();
watchAsked();
watchHeads();
watchPhotos();
