import assert from 'node:assert/strict';
import { chown, readdir, rm, writeFile } from 'node:fs/promises';
import { type ErrorKind, isKind } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { bodyOf, read } from '../../targets/conformance/tools';
import { openLocalDir } from '../../targets/local-dir';
import { openSftpTarget } from '../../targets/sftp';
import { growingPauses, patienceMs, until } from '../kit/pauses';
import { startOpenSsh, withoutOpenSsh } from '../servers/openssh';
import { behind, type Nas, type NasCase, protocolNames } from './nas';
import { assertTold, using } from './told';

const MiB = 1024 * 1024;
/** To whom the sets belong, and whom a quota counts. */
const owner = 65_534;

/** What has 6 MiB of room; at how many places of an object it ends in turn. */
const disks = {
  small: { what: 'a disk that is full', places: 40 },
  quota: { what: 'a disk whose owner has used up a quota', places: 5 },
} as const;
type Disk = keyof typeof disks;
type Told = readonly [kind: ErrorKind, text: RegExp];

/** A target on such a disk, and what it says when the room has ended. */
interface Way {
  readonly name: string;
  readonly reasonNotTo?: string | undefined;
  readonly told: { readonly [disk in Disk]: Told };
  open(nas: Nas, disk: Disk): BackupTarget | Promise<BackupTarget>;
}

const ways: readonly Way[] = [
  {
    name: 'localDir',
    told: { small: ['full', /ENOSPC/], quota: ['full', /EDQUOT/] },
    open: (_, disk) => asOwner(openLocalDir({ root: behind(disk) })),
  },
  ...protocolNames.map((protocol): Way => ({
    name: protocol,
    told: { small: ['full', /ENOSPC/], quota: ['full', /EDQUOT|ENOSPC/] },
    open: (nas, share) => nas.open(protocol, { share }),
  })),
  {
    name: 'SFTP',
    reasonNotTo: withoutOpenSsh,
    told: {
      small: ['full', /the server has only \d+ bytes free/],
      // SFTP has no word for a quota, and the disk behind it has room: all that the server says is that it failed.
      quota: ['unavailable', /could not store a\/object: .* HINT: it may be full, over a quota/],
    },
    open: overSftp,
  },
];

/** Root goes beyond every quota. The rights are the whole process's: nothing else is done meanwhile. */
function asOwner(target: BackupTarget): BackupTarget {
  return {
    ...target,
    async put(...args) {
      process.setegid!(owner);
      process.seteuid!(owner);
      try {
        return await target.put(...args);
      } finally {
        process.seteuid!(0);
        process.setegid!(0);
      }
    },
  };
}

async function overSftp({ password }: Nas, disk: Disk): Promise<BackupTarget> {
  const ssh = await startOpenSsh({ root: behind(disk), uid: owner, password });
  const { server, port, username, hostKey, root: path } = ssh;
  const login = { server, port, username, hostKey, password: () => Promise.resolve(password) };
  const target = openSftpTarget({ ...login, path });
  return {
    ...target,
    async [Symbol.asyncDispose]() {
      await target[Symbol.asyncDispose]();
      await ssh.end();
    },
  };
}

/** What a kernel that is still writing to a file that was removed calls so is gone a moment later. */
async function leftIn(folder: string): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  for (const pause = growingPauses(); ; await pause()) {
    const left = await readdir(folder);
    if (!left.some((name) => name.startsWith('.nfs')) || Date.now() > deadline) return left;
  }
}

/** The NFS server may keep a file open for a while after it was removed: until then its room is not free. */
async function putOnceThereIsRoom(target: BackupTarget, name: string, text: string): Promise<void> {
  await until(async () => {
    await letGoOfFiles();
    return await target.put(name, bodyOf(text)).catch((error: unknown) => {
      if (!isKind(error, 'full')) throw error;
      return undefined;
    });
  });
}

async function letGoOfFiles(): Promise<void> {
  await writeFile('/proc/sys/vm/drop_caches', '2');
}

/** With each filler the room ends at another place of the object. The filler belongs to the owner whom a quota counts. */
async function tryNoRoom(nas: Nas, target: BackupTarget, disk: Disk, [kind, text]: Told): Promise<void> {
  const filler = behind(disk, 'filler');
  const { places } = disks[disk];
  // What a case that failed left would have the next one wait for room.
  for (const left of await readdir(behind(disk))) await rm(behind(disk, left), { recursive: true });
  await putOnceThereIsRoom(target, 'a/object', 'the old one');
  // From the fullest on: what a filler gives back that becomes smaller is free at once.
  for (let place = places - 1; place >= 0; place -= 1) {
    await letGoOfFiles();
    await writeFile(filler, Buffer.alloc((6 * MiB * place) / places));
    await chown(filler, owner, owner);
    await assertTold(nas, target.put('a/object', bodyOf(Buffer.alloc(7 * MiB))), kind, text);
    assert.deepEqual(await leftIn(behind(disk, 'a')), ['object']);
    assert.equal(String(await read(target, 'a/object')), 'the old one');
  }
  await writeFile(filler, '');
  await putOnceThereIsRoom(target, 'a/object', 'there is room again');
  assert.equal(String(await read(target, 'a/object')), 'there is room again');
}

export const noRoomCases: readonly NasCase[] = ways.flatMap(({ name, reasonNotTo, told, open }) =>
  (['small', 'quota'] as const).map((disk) => ({
    name: `${name}: ${disks[disk].what} is told as ${told[disk][0]}, keeps the old object and leaves no part, wherever the room ends`,
    ...(reasonNotTo !== undefined && { reasonNotTo }),
    run: async (nas: Nas) => {
      const target = await open(nas, disk);
      await using(nas, target, () => tryNoRoom(nas, target, disk, told[disk]));
    },
  })),
);
