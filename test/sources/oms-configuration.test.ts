import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import type { BackupError } from '../../model/errors';
import { buildFolder, dumpFolder } from '../../sources/oms-configuration';
import { writeNote } from '../../sources/oms-note';
import { testWhere } from '../kit/skip';
import { treeOf } from './oms-fixture';

const nobody = 65_534;
const asRoot = testWhere(process.getuid?.() === 0 ? undefined : 'only root may act as another user');
let folder: string;
let conf: string;
let dump: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-conf-'));
  [conf, dump] = [join(folder, 'conf'), join(folder, 'dump')];
  for (const one of [conf, dump]) await mkdir(one);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dumped = () => dumpFolder(conf, dump, 'files', noControl());
const refusing = (kind: string, message: RegExp) => ({
  kind,
  message: expect.stringMatching(message) as string,
});

/** As a user who is not root, for so long; its error is the answer. */
async function asNobody(work: () => Promise<unknown>): Promise<BackupError | undefined> {
  process.seteuid!(nobody);
  try {
    return await work().then(
      () => undefined,
      (error: BackupError) => error,
    );
  } finally {
    process.seteuid!(0);
  }
}

test('a socket is left out, as it lives with its process alone', async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(join(conf, 'socket'), listening));
  await writeFile(join(conf, 'file'), 'x');
  expect((await dumped()).map(({ path }) => path)).toEqual(['', 'file']);
  server.close();
});

test('what cannot be kept is refused, with where it is and what to do', async () => {
  expect(spawnSync('mkfifo', [join(conf, 'pipe')]).status).toBe(0);
  await expect(dumped()).rejects.toMatchObject(refusing('unsupported', /pipe" is neither .* HINT: move it/));
  await rm(join(conf, 'pipe'));
  await symlink(Buffer.from([0x2f, 0xff, 0xfe]), join(conf, 'link'));
  await expect(dumped()).rejects.toMatchObject(refusing('unsupported', /link" leads to a name that is no UTF-8 HINT/));
});

test('a folder that was removed while it was read makes no dump, and is read again', async () => {
  await rm(conf, { recursive: true });
  const configuration = [{ folder: conf, found: await dumped() }];
  const database = { name: 'x', version: 'x', bytes: 1, sha256: '0'.repeat(64) };
  const properties = { owner: 'x', encoding: 'UTF8', collate: 'C', ctype: 'C', settings: [] };
  const note = { format: 1 as const, database: { ...database, properties }, configuration, topology: [] };
  await expect(writeNote(dump, note)).rejects.toMatchObject(refusing('unavailable', /removed or replaced while/));
});

asRoot('what the worker may not read is told, with whom to run it as', async () => {
  await writeFile(join(conf, 'secret'), 'x', { mode: 0o600 });
  for (const one of [folder, dump]) await chmod(one, 0o777);
  expect(await asNobody(dumped)).toMatchObject(refusing('denied', /could not use .*secret: EACCES .* HINT: run the/));
});

asRoot('files of others are built by root as they were; another user is told before anything is put', async () => {
  await writeFile(join(conf, 'theirs'), 'x');
  await chown(join(conf, 'theirs'), 1234, 4321);
  const found = await dumped();
  const built = join(folder, 'built');
  await buildFolder(built, dump, found, noControl());
  expect(await treeOf(built)).toMatchObject([{ path: '' }, { path: 'theirs', uid: 1234, gid: 4321 }]);
  await rm(built, { recursive: true });
  await chmod(folder, 0o777);
  for (const one of found) if (one.what.kind === 'file') await chmod(join(dump, one.what.at), 0o644);
  await chmod(join(dump, 'files'), 0o755);
  await chmod(dump, 0o755);
  expect(await asNobody(() => buildFolder(built, dump, found, noControl()))).toMatchObject(
    refusing('denied', /may not give .*theirs to user 1234 and group 4321, .* HINT: run the worker .* as root/),
  );
});

asRoot('a folder whose disk may not be written to is told as that', async () => {
  await writeFile(join(conf, 'x'), 'x');
  const found = await dumped();
  await chmod(folder, 0o755);
  expect(await asNobody(() => buildFolder(join(folder, 'built'), dump, found, noControl()))).toMatchObject(
    refusing('denied', /could not use .*built: EACCES \(mkdir\) HINT: run/),
  );
});
