/** The scenarios, told by the service in an engine of WASI. */

import { availableParallelism } from "node:os";
import { play } from "../support/service-scenario.js";
import { tellAll } from "../support/telling.js";

// Each has an engine of its own, which takes a processor to start and then waits for the most part.
tellAll({ host: "service", play, concurrency: 3 * availableParallelism(), timeout: 120_000 });
