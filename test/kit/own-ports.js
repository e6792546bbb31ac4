/**
 * Each of jest's two processes has ports of its own, with all that it starts: no test takes that of a server which another
 * test has just stopped, to start it again.
 */
const lane = (Number(process.env.JEST_WORKER_ID ?? 1) - 1) % 2;
process.env.CAIRN_PORTS ??= ['11000-21499', '21500-31999'][lane];
