import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMountCommand } from '../../servers/mount-command';
import { fileSystemOf } from '../../servers/mount-table';
import { mountShare, type Share, unmountLeftovers } from '../../servers/mounts';
import { openNfsTarget } from '../../targets/nfs';
import { testWhere } from '../kit/skip';
import { startChild } from '../targets/child';

/** What needs no server; with real ones: `test/nas`. */
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-mounts-'));
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const share: Share = {
  text: 'nas:/backup',
  helper: { command: 'mount.cairn-has-none', debian: 'a-package', redHat: 'another' },
  command: () => Promise.reject(new Error('not to be called')),
  explain: () => ({ kind: 'unavailable', hint: 'look' }),
};

/** Tried, in a folder of its own. */
function cannotMount(): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'cairn-mount-'));
  const mounts = spawnSync('mount', ['-t', 'tmpfs', 'none', place]).status === 0;
  if (mounts) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return mounts ? undefined : 'this system does not let us mount';
}

test('without root nothing is mounted, and the other way is told', async () => {
  jest.spyOn(process, 'getuid').mockReturnValue(1000);
  await expect(mountShare(share, folder)).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/nas:\/backup .*root.*HINT: .*mounts/),
  });
});

test('a command that is not installed is told with the packages that have it', async () => {
  jest.spyOn(process, 'getuid').mockReturnValue(0);
  await expect(mountShare(share, folder)).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/mount\.cairn-has-none.*HINT: install a-package .*another/),
  });
});

test('mount points of processes that are gone are taken away, those of living ones and other folders stay', async () => {
  const ticks = (await readFile(`/proc/${process.pid}/stat`, 'latin1')).replace(/^.*\) /s, '').split(' ')[19];
  const names = [`${process.pid}-${ticks}-0a`, `${process.pid}-1-0b`, '4194303999-7-0c', 'not-ours'];
  for (const name of names) await mkdir(join(folder, name, 'share'), { recursive: true });
  expect(await unmountLeftovers(folder)).toBe(2);
  expect(await readdir(folder)).toEqual([names[0], names[3]].sort());
  expect(await unmountLeftovers(join(folder, 'absent'))).toBe(0);
});

testWhere(cannotMount())(
  'what is mounted is unmounted, also where the folder for mounts lies behind a link',
  async () => {
    const tmpfs: Share = {
      ...share,
      helper: { ...share.helper, command: 'mount' },
      command: (path) => Promise.resolve({ argv: ['mount', '-t', 'tmpfs', 'none', path] }),
    };
    const [real, link] = [join(folder, 'real'), join(folder, 'link')];
    await mkdir(real);
    await symlink(real, link);
    const mounted = await mountShare(tmpfs, link);
    expect(await fileSystemOf(await realpath(mounted.path))).toBe('tmpfs');
    await mounted.unmount(false);
    expect(await readdir(real)).toEqual([]);

    const left = join(real, '4194303999-7-0c', 'share');
    await mkdir(left, { recursive: true });
    expect((await runMountCommand({ argv: ['mount', '-t', 'tmpfs', 'none', left] }, 10_000)).exitCode).toBe(0);
    expect(await unmountLeftovers(link)).toBe(1);
    expect(await readdir(real)).toEqual([]);
  },
);

/** In a name space of another user, what was mounted before cannot be taken away: tried. */
function cannotHold(): string | undefined {
  const canDivide = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;
  return cannotMount() ?? (canDivide ? undefined : 'this system does not let us mount in a name space of our own');
}

testWhere(cannotHold())('what stays mounted is told, and what else was left is unmounted all the same', async () => {
  const [held, free] = ['4194303998-7-0c', '4194303999-7-0d'].map((name) => join(folder, name, 'share')) as [
    string,
    string,
  ];
  for (const path of [held, free]) await mkdir(path, { recursive: true });
  await runMountCommand({ argv: ['mount', '-t', 'tmpfs', 'none', held] }, 10_000);
  const script = `require('./servers/mounts.ts').unmountLeftovers('${folder}')
    .then((count) => console.log('went well:', count), ({ kind, message }) => console.log(kind, message));`;
  try {
    const said = await startChild(script, ['unshare', '--map-root-user', '--mount']).output;
    expect(said).toContain(`unavailable ${held} could not be unmounted`);
    expect(said).toMatch(/HINT: .*umount -l/);
    expect(await readdir(folder)).toEqual(['4194303998-7-0c']);
  } finally {
    await runMountCommand({ argv: ['umount', held] }, 10_000);
  }
});

test('a command that does not end is not waited for', async () => {
  expect(await runMountCommand({ argv: ['sleep', '60'] }, 200)).toEqual({ exitCode: null, said: '' });
});

test('a folder of the host is no share that somebody has mounted', async () => {
  expect(await fileSystemOf('/proc/self')).toBe('proc');
  const openFolder = () => {
    throw new Error('not to be opened');
  };
  const target = openNfsTarget({ at: { name: 'vault', path: folder }, mountPoints: folder, openFolder });
  await expect(target.stat('a')).rejects.toMatchObject({ kind: 'precondition' });
  await target[Symbol.asyncDispose]();
});
