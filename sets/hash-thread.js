// @ts-check
'use strict';

/**
 * The thread behind sets/hash-beside.ts. It hashes blocks of memory that it shares with who asked, each hash's in the order
 * in which they come, and says of each block that it is done with it. JavaScript, as a thread is started from a file as it is.
 *
 * @typedef {{ readonly hash: number, readonly block: Uint8Array }} Block
 * @typedef {{ readonly hash: number, readonly end: 'digest' | 'forget' }} End
 * @typedef {{ readonly hash: number, readonly digest?: string }} Told
 */
const { createHash } = require('node:crypto');
const { parentPort } = require('node:worker_threads');

/** @type {Map<number, import('node:crypto').Hash>} */
const running = new Map();

parentPort?.on('message', (/** @type {Block | End} */ asked) => {
  const { hash } = asked;
  const sha256 = running.get(hash) ?? createHash('sha256');
  if ('block' in asked) {
    running.set(hash, sha256.update(asked.block));
    return tell({ hash });
  }
  running.delete(hash);
  if (asked.end === 'digest') tell({ hash, digest: sha256.digest('hex') });
});

function tell(/** @type {Told} */ told) {
  parentPort?.postMessage(told);
}
