/**
 * How often a story of kills kills in each of its tests, each time in another share of the run. Ten times take a quarter of an
 * hour of a busy machine: `CAIRN_KILLS=10 npm test -- --only kill.test`.
 */
export const kills = Number(process.env['CAIRN_KILLS'] ?? 4);
