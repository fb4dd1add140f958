// A recipe as a living page.
import { BoardPage } from "./board_page.js";

export default function start() {
  document.gcaPage = new BoardPage(document);
}
