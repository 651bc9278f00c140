/**
 * An engine of WASI that runs the service: the preview2-shim of jco, on a free port of loopback, until the process
 * that started this one says `end`. One request at a time: the guest holds the thread.
 */

import { HTTPServer } from "@bytecodealliance/preview2-shim/http";
import { incomingHandler } from "../../service/service.js";

const server = new HTTPServer(incomingHandler);
server.listen(0, "127.0.0.1");
process.on("message", () => process.exit());
process.on("disconnect", () => process.exit());
process.send?.(server.address().port);
