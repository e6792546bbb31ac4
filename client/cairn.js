#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --expose-gc --max-semi-space-size=4 --heap-growing-percent=300
'use strict';

/**
 * The installed command: runs what `npm run build` made of client/main.ts. The first line sets what a process cannot set for
 * itself. A worker reads and writes in blocks that V8 counts to its heap: without `heap-growing-percent` it collects all
 * garbage again every 10 MiB, for most of the time of an upload. The others keep its resident memory small
 * (`expose-gc`: activities/drop-garbage.ts).
 */
const built = '../dist/client/main.js';

function isBuilt() {
  try {
    return require.resolve(built) !== '';
  } catch {
    return false;
  }
}

if (isBuilt()) {
  require(built)
    .main(process.argv.slice(2))
    .then((code) => process.exit(code));
} else {
  process.stderr.write('cairn: it has not been built yet HINT: npm run build\n');
  process.exitCode = 1;
}
