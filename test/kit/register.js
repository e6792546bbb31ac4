// Lets a child process of a test run TypeScript as the tests themselves do: compiled by swc when it is required. What was compiled
// is kept, by its content: some tests start a process twenty times, and some on a machine that is slow.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};
const kept = join(__dirname, '..', '..', '.cache', 'compiled');

require.extensions['.ts'] = (module, filename) => module._compile(compiled(filename), filename);

function compiled(filename) {
  const text = readFileSync(filename, 'utf8');
  const file = join(
    kept,
    `${createHash('sha256')
      .update(JSON.stringify([version, options, filename, text]))
      .digest('hex')}.js`,
  );
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { code } = require('@swc/core').transformSync(text, { filename, ...options });
    keep(file, code);
    return code;
  }
}

/** Several processes may do so at once. Where it cannot be kept it is compiled again. */
function keep(file, code) {
  try {
    mkdirSync(kept, { recursive: true });
    const part = `${file}.${process.pid}`;
    writeFileSync(part, code);
    renameSync(part, file);
  } catch {
    // Only time is lost.
  }
}
