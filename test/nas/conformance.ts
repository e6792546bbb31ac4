import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BackupTarget } from '../../model/target';
import { runTargetCase, targetCases } from '../../targets/conformance';
import { namesBelow } from '../../targets/conformance/tools';
import { behind, type Nas, type NasCase, type Protocol, protocolNames } from './nas';

/** Two real mounts, so that what one wrote is read through the other. Mounting anew at each `open` would take minutes there. */
const mounted = new Map<Protocol, readonly BackupTarget[]>();
let opened = 0;

function nextOf(nas: Nas, protocol: Protocol): BackupTarget {
  const pair = mounted.get(protocol) ?? [nas.open(protocol, { kept: true }), nas.open(protocol, { kept: true })];
  mounted.set(protocol, pair);
  opened += 1;
  return { ...pair[opened % 2]!, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** A thousand puts take minutes there; `lists a thousand objects` below has the server make them. */
const tooLong = /a thousand objects/;

/**
 * The client of Linux cannot rename over a file that somebody has open: it removes that file first, and then fails. cairn gives
 * no two bodies one name, but for one that is stored again.
 */
const replacing = /concurrent reader/;
const noReplacing = 'the target has no way to replace an object that is being read';

/** The suite of the seam, over each protocol. */
export const conformanceCases: readonly NasCase[] = protocolNames.flatMap((protocol) => [
  ...targetCases
    .filter(({ name, needs }) => needs !== 'snapshots' && !tooLong.test(name))
    .map((testCase) => ({
      name: `${protocol} keeps what every target promises: ${testCase.name}`,
      ...(protocol.startsWith('SMB') && replacing.test(testCase.name) && { reasonNotTo: noReplacing }),
      run: (nas: Nas) =>
        runTargetCase(testCase, async () => nextOf(nas, protocol), `conformance-${randomBytes(6).toString('hex')}`),
    })),
  {
    name: `${protocol} lists a thousand objects once each`,
    run: async (nas: Nas) => {
      const folder = behind('share', `many-${randomBytes(6).toString('hex')}`);
      await mkdir(folder);
      const names = Array.from({ length: 1000 }, (_, n) => `object-${n}`);
      for (const name of names) await writeFile(join(folder, name), 'x');
      // Made as root of the server, who is not whom the shares belong to.
      await Promise.all([folder, ...names.map((name) => join(folder, name))].map((path) => chown(path, 65534, 65534)));
      const prefix = basename(folder);
      const listed = await namesBelow(nextOf(nas, protocol), prefix);
      assert.deepEqual(listed, names.map((name) => `${prefix}/${name}`).sort());
    },
  },
  {
    name: `${protocol} is unmounted in the end`,
    run: async () => {
      for (const target of mounted.get(protocol) ?? []) await target[Symbol.asyncDispose]();
    },
  },
]);
