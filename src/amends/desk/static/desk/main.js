// The desk's scripts, each of which minds one thing.

import "./page.js";
import "./toast.js";
import "./clock.js";
import "./menus.js";
import "./keys.js";
import "./queue.js";
import { began } from "./case.js";
import "./tabs.js";
import "./reply.js";
import "./presence.js";
import "./mentions.js";
import "./readings.js";

began(); // all of them listen by now
