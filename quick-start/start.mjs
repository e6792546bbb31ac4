/**
 * `npm start`: looks for what must be on this machine, installs and builds what is missing or old, and runs the quick
 * start (main.ts). Plain JavaScript without packages, because at this point there may be none.
 */
import { checkPrerequisites } from './prerequisites.mjs';
import { build, install } from './prepare.mjs';

const main = new URL('../dist/quick-start/main.js', import.meta.url);

try {
  await checkPrerequisites();
  await install();
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
// The worker's own log: only what somebody should look at. Read when the worker's code is loaded.
process.env.CAIRN_LOG ??= 'WARN';
await import(main.href);
