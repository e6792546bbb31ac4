/**
 * Each of jest's processes has ports of its own, with all that it starts: no test takes that of a server which another
 * test has just stopped, to start it again. Of seven processes the seventh would have those of the first.
 */
const lanes = 6;
const each = Math.floor((32_000 - 11_000) / lanes);
const lowest = 11_000 + ((Number(process.env.JEST_WORKER_ID ?? 1) - 1) % lanes) * each;
process.env.CAIRN_PORTS ??= `${lowest}-${lowest + each - 1}`;
