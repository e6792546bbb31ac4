import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMountCommand } from '../../servers/mount-command';
import { assertKind, bodyOf } from '../../targets/conformance/tools';
import { openCifsTarget } from '../../targets/cifs';
import { openLocalDir } from '../../targets/local-dir';
import { openNfsTarget } from '../../targets/nfs';
import type { NasCase } from './nas';

const openFolder = (root: string) => openLocalDir({ root });

/** Where somebody else has mounted a share. */
export const mountedCases: readonly NasCase[] = [
  {
    name: 'a share that somebody has mounted is taken as it is, and stays mounted; a folder of the host is refused',
    run: async ({ work, mountPoints, password }) => {
      const [nfs, cifs] = [join('/mnt', 'with space', 'nfs'), join('/mnt', 'with space', 'cifs')];
      for (const path of [nfs, cifs]) await mkdir(path, { recursive: true });
      const at = { name: 'vault', path: nfs };
      const before = openNfsTarget({ at, mountPoints, openFolder });
      await assertKind('precondition', before.put('a/b', bodyOf('x')));
      await assertKind('precondition', before.stat('a/b'));
      assert.deepEqual(await readdir(nfs), []);

      const byNfs = { argv: ['mount.nfs', '127.0.0.1:/share', nfs, '-o', 'vers=4.1'] };
      const options = 'username=backup-operator,vers=3.0';
      const byCifs = { argv: ['mount.cifs', '//127.0.0.1/share', cifs, '-o', options], env: { PASSWD: password } };
      for (const command of [byNfs, byCifs]) assert.equal((await runMountCommand(command, 60_000)).exitCode, 0);
      await assertKind('precondition', openCifsTarget({ at, mountPoints, openFolder }).stat('a/b'));
      await assertKind('precondition', openNfsTarget({ at: { ...at, path: work }, mountPoints, openFolder }).stat('a'));
      const targets = [
        openNfsTarget({ at, mountPoints, openFolder }),
        openCifsTarget({ at: { ...at, path: cifs }, mountPoints, openFolder }),
      ];
      for (const [place, target] of targets.entries()) {
        await target.put(`mounted/${place}`, bodyOf('stones'));
        await target[Symbol.asyncDispose]();
      }
      assert.equal(await readFile(join(nfs, 'mounted', '1'), 'utf8'), 'stones');
      assert.equal(await readFile(join(cifs, 'mounted', '0'), 'utf8'), 'stones');
      for (const target of targets) await target.remove('mounted/0').then(() => target.remove('mounted/1'));
      for (const path of [nfs, cifs]) await runMountCommand({ argv: ['umount', path] }, 10_000);
    },
  },
];
