import assert from 'node:assert/strict';
import { chown, readdir, rm, writeFile } from 'node:fs/promises';
import type { BackupError } from '../../model/errors';
import { bodyOf, read } from '../../targets/conformance/tools';
import { openSftpTarget } from '../../targets/sftp';
import { startOpenSsh, withoutOpenSsh } from '../servers/openssh';
import { behind, type NasCase } from './nas';

const MiB = 1024 * 1024;
/** Whom the quota counts: 6 MiB may be his. */
const uid = 65_534;

/** SFTP has no word for a quota, and the disk behind it has room: all that the server says is that it failed. */
export const sftpQuotaCases: readonly NasCase[] = [
  {
    name: 'SFTP: a user whose quota is used up is told that it may be so, keeps the old object, and goes on when there is room',
    ...(withoutOpenSsh !== undefined && { reasonNotTo: withoutOpenSsh }),
    run: async () => {
      const root = behind('quota');
      const ssh = await startOpenSsh({ root, uid });
      const { server, port, username, hostKey } = ssh;
      const target = openSftpTarget({
        server,
        port,
        username,
        hostKey,
        password: async () => ssh.password,
        path: root,
      });
      try {
        await target.put('sftp/object', bodyOf('the old one'));
        await writeFile(behind('quota', 'filler'), Buffer.alloc(2 * MiB));
        await chown(behind('quota', 'filler'), uid, uid);
        const error = await target.put('sftp/object', bodyOf(Buffer.alloc(7 * MiB))).then(
          () => assert.fail('there was room'),
          (cause: unknown) => cause as BackupError,
        );
        assert.equal(error.kind, 'unavailable', error.message);
        assert.match(error.message, /could not store sftp\/object: .* HINT: it may be full, over a quota/);
        assert.equal(String(await read(target, 'sftp/object')), 'the old one');
        await rm(behind('quota', 'filler'));
        await target.clean?.('sftp');
        await target.put('sftp/object', bodyOf('there is room again'));
        assert.equal(String(await read(target, 'sftp/object')), 'there is room again');
        assert.deepEqual(await readdir(behind('quota', 'sftp')), ['object']);
        await target.remove('sftp/object');
      } finally {
        await target[Symbol.asyncDispose]();
        await ssh.end();
      }
    },
  },
];
