/** The page of a search that has no study yet: it becomes the study's page when there is one. */
import { Refresher, Stream } from "./live.js";
import { followLog } from "./log.js";

const refresher = new Refresher();
new Stream("/events", { studies: () => refresher.ask(), queue: () => refresher.ask() }, () => refresher.ask());
window.setInterval(() => refresher.ask(), 3000);
followLog("log");
