#!/usr/bin/env node
'use strict';

/** The installed command: runs what `npm run build` made of client/main.ts. */
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
