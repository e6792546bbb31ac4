import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import type { BackupError } from '../../model/errors';
import { labelAt } from '../../model/label';
import { withDatabase } from '../../servers/postgres';
import { openOmsSource } from '../../sources/oms';
import { type OmsNote, readNote, writeNote } from '../../sources/oms-note';
import { kills } from '../kit/kills';
import { randomFrom, tellSeed } from '../kit/seed';
import { describeWhere } from '../kit/skip';
import { type Postgres, postgresPassword, startPostgres, withoutPostgres } from '../servers/postgres';
import { createManager, type Manager, newFolder } from './oms-fixture';
import type { Told } from './oms-load-process';

let postgres: Postgres;
let folder: string;
let manager: Manager;
let dump: string;
let held: unknown;
let labels = 0;
const label = () => labelAt(Date.UTC(2026, 0, 1) + (labels += 1) * 1000);

async function startAll() {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'cairn-oms-'));
  manager = await createManager(postgres, folder);
  await manager.change();
  dump = await newFolder(folder);
  await manager.source.dump(manager.spec, dump, noControl());
  held = await manager.read();
}

async function endAll() {
  await postgres?.end();
  await rm(folder, { recursive: true, force: true });
}

const load = (from = dump, under = label(), { source, spec } = manager) => source.load(spec, from, under, noControl());

/** With some of its spec or of its ways in changed. */
function changed(spec: Partial<Manager['spec']>, access: Partial<Manager['access']> = {}, host = 'here') {
  const whole = { ...manager.spec, ...spec };
  const source = openOmsSource({ access: { ...manager.access, config: whole.database, ...access }, host });
  return { ...manager, spec: whole, source };
}

async function told(operation: Promise<unknown>): Promise<{ kind: string; message: string }> {
  const error = await operation.then(
    () => undefined,
    (thrown: unknown) => thrown as BackupError,
  );
  expect(error).toBeDefined();
  expect(`${error!.message} ${error!.stack} ${JSON.stringify(error!.context)}`).not.toContain(postgresPassword);
  return { kind: error!.kind, message: error!.message };
}

const saying = (kind: string, message: RegExp) => ({ kind, message: expect.stringMatching(message) as string });

/** A copy of the dump whose note somebody has written anew. */
async function withNote(change: (note: OmsNote) => OmsNote): Promise<string> {
  const copy = await newFolder(folder);
  await cp(dump, copy, { recursive: true });
  await writeNote(copy, change(await readNote(copy)));
  return copy;
}

async function leftBeside(): Promise<string[]> {
  const databases = await postgres.ask('postgres', (ask) =>
    ask<{ datname: string }>('SELECT datname FROM pg_database'),
  );
  return [...databases.map(({ datname }) => datname), ...(await readdir(folder))].filter((name) =>
    name.includes('.cairn-'),
  );
}

describeWhere(withoutPostgres)('the manager on a real PostgreSQL', () => {
  beforeAll(startAll);
  afterAll(endAll);

  test('is dumped without the rows of its alarms, and says what the dump holds', async () => {
    const into = await newFolder(folder);
    const { componentVersion, facts } = await manager.source.dump(manager.spec, into, noControl());
    expect(componentVersion).toMatch(/^PostgreSQL \d+/);
    expect(facts).toMatchObject({ database: 'manager1', configurationFolders: 2, configurationFiles: 8 });
    await withDatabase(manager.access, 'manager1', (ask) => ask(`INSERT INTO alarm_history (text) VALUES ('since')`));
    await load(into);
    const rows = await withDatabase(manager.access, 'manager1', (ask) => ask('SELECT * FROM alarm_history'));
    expect(rows).toEqual([]);
  });

  test('a database and folders that were lost are there again, and gone once that is reverted', async () => {
    await postgres.ask('postgres', (ask) => ask('DROP DATABASE manager1'));
    for (const one of manager.spec.configuration) await rm(one, { recursive: true });
    await manager.source.check(manager.spec, 'restore');
    const under = label();
    await load(dump, under);
    expect(await manager.read()).toEqual(held);
    await manager.source.revert(manager.spec, under);
    const there = await postgres.ask('postgres', (ask) => ask(`SELECT 1 FROM pg_database WHERE datname = 'manager1'`));
    expect(there).toEqual([]);
    expect(await leftBeside()).toEqual(expect.not.arrayContaining([expect.stringContaining(under)]));
    await load();
    expect(await manager.read()).toEqual(held);
  });

  test('who is connected is named, and nothing is touched', async () => {
    await manager.start();
    expect(await told(manager.source.check(manager.spec, 'restore'))).toEqual(
      saying('precondition', /database manager1 is in use: omm1 from 127\.0\.0\.1.* \(cairn\) is connected HINT: stop/),
    );
    expect(await told(load())).toEqual(saying('precondition', /is in use/));
    await manager.stop();
    expect(await manager.read()).toEqual(held);
  });

  test.each<[string, () => Manager, RegExp]>([
    ['another host', () => changed({}, {}, 'elsewhere'), /the manager is on here, this worker is on elsewhere HINT/],
    [
      'other services',
      () => changed({ topology: ['cluster c1 with NameService hacluster'] }),
      /other hosts or services .*no more: host here and 1 more\) HINT/,
    ],
    [
      'no such folder',
      () => changed({ configuration: ['/etc'] }),
      /which is no configuration folder of this manager HINT/,
    ],
    [
      'another database',
      () => changed({ database: { ...manager.spec.database, name: 'postgres', maintenance: 'manager1' } }),
      /the set holds database manager1, this manager has postgres HINT/,
    ],
  ])('a restoration with %s is refused, and nothing is touched', async (_, other, message) => {
    expect(await told(load(dump, label(), other()))).toEqual(saying('precondition', message));
    expect(await manager.read()).toEqual(held);
  });

  test.each<[string, () => Manager, string, RegExp]>([
    [
      'a wrong password',
      () => changed({}, { password: async () => 'wrong' }),
      'denied',
      /password authentication failed .*HINT/,
    ],
    [
      'no PostgreSQL behind its address',
      () => changed({ database: { ...manager.spec.database, port: 1 } }),
      'unavailable',
      /could not use database postgres of 127\.0\.0\.1:1.*HINT/,
    ],
    [
      'no such database',
      () => changed({ database: { ...manager.spec.database, name: 'absent' } }),
      'missing',
      /database "absent" does not exist HINT/,
    ],
    [
      'no commands of PostgreSQL',
      () => changed({ database: { ...manager.spec.database, commands: '/nowhere' } }),
      'precondition',
      /no command `\/nowhere\/pg_dump` .*HINT/,
    ],
    [
      'no configuration folder',
      () => changed({ configuration: ['/no/such'] }),
      'missing',
      /no configuration folder \/no\/such .*HINT/,
    ],
  ])('%s is told before a backup', async (_, other, kind, message) => {
    const { source, spec } = other();
    expect(await told(source.check(spec, 'backUp'))).toEqual(saying(kind, message));
  });

  test('commands of another version than the server wants are told before a backup', async () => {
    const commands = await newFolder(folder);
    const says = (major: number) => `#!/bin/sh\necho "pg_restore (PostgreSQL) ${major}.1"\n`;
    for (const command of ['pg_dump', 'pg_restore'])
      await writeFile(join(commands, command), says(99), { mode: 0o755 });
    const { source, spec } = changed({ database: { ...manager.spec.database, commands } });
    expect(await told(source.check(spec, 'backUp'))).toEqual(
      saying('precondition', /pg_dump is of PostgreSQL 99, .*HINT: install/),
    );
  });

  test('a table that refers to one without rows is told before a backup', async () => {
    await withDatabase(manager.access, 'manager1', (ask) =>
      ask('CREATE TABLE acknowledged (alarm int REFERENCES alarm_history (id))'),
    );
    expect(await told(manager.source.check(manager.spec, 'backUp'))).toEqual(
      saying('precondition', /public\.acknowledged refers to public\.alarm_history.* HINT: name both/),
    );
    await withDatabase(manager.access, 'manager1', (ask) => ask('DROP TABLE acknowledged'));
    await manager.source.check(manager.spec, 'backUp');
  });

  test('a user who may not create databases is told before a restoration', async () => {
    await postgres.ask('postgres', (ask) => ask('ALTER ROLE omm1 NOCREATEDB'));
    expect(await told(manager.source.check(manager.spec, 'restore'))).toEqual(
      saying('denied', /may not create databases HINT/),
    );
    await postgres.ask('postgres', (ask) => ask('ALTER ROLE omm1 CREATEDB'));
  });

  test('a role that is gone is named, and the restoration undone', async () => {
    await postgres.ask('postgres', async (ask) => void (await ask('ALTER ROLE omm1_reader RENAME TO away')));
    const under = label();
    expect(await told(load(dump, under))).toEqual(
      saying('precondition', /role "omm1_reader" does not exist.*HINT: create/s),
    );
    await manager.source.revert(manager.spec, under);
    await postgres.ask('postgres', async (ask) => void (await ask('ALTER ROLE away RENAME TO omm1_reader')));
    expect(await manager.read()).toEqual(held);
    expect(await leftBeside()).toEqual(expect.not.arrayContaining([expect.stringContaining(under)]));
  });

  test('a setting that this user may not bring back is named, and the restoration undone', async () => {
    await postgres.ask('postgres', (ask) => ask(`ALTER ROLE omm1_reader IN DATABASE manager1 SET work_mem TO '8MB'`));
    const own = await newFolder(folder);
    await manager.source.dump(manager.spec, own, noControl());
    const before = await manager.read();
    const under = label();
    expect(await told(load(own, under))).toEqual(
      saying('denied', /may not set work_mem for role omm1_reader in the database.* HINT: name a superuser/),
    );
    await manager.source.revert(manager.spec, under);
    expect(await manager.read()).toEqual(before);
    await postgres.ask('postgres', (ask) => ask('ALTER ROLE omm1_reader IN DATABASE manager1 RESET ALL'));
  });

  test('a folder that is a link is refused with what to name instead', async () => {
    const link = join(folder, 'link');
    await symlink(manager.spec.configuration[0]!, link);
    const { source, spec } = changed({ configuration: [link] });
    expect(await told(source.check(spec, 'backUp'))).toEqual(saying('precondition', /is a link, not a folder HINT/));
  });

  test('a connection that is encrypted believes only whom its authority vouches for', async () => {
    const encrypted = changed({}, { authorityFile: postgres.authorityFile });
    const into = await newFolder(folder);
    await encrypted.source.check(encrypted.spec, 'backUp');
    await encrypted.source.dump(encrypted.spec, into, noControl());
    const other = changed({}, { authorityFile: join(__dirname, '../kit/tls/ca.pem') });
    expect((await told(other.source.check(other.spec, 'backUp'))).kind).toBe('denied');
    expect((await told(other.source.dump(other.spec, into, noControl()))).kind).toBe('denied');
  });

  test('a file that cannot be kept is refused; sockets are left out', async () => {
    const place = join(folder, 'special');
    await mkdir(place);
    await new Promise<void>((resolve, reject) =>
      spawn('mkfifo', [join(place, 'pipe')]).once('close', (code) =>
        code === 0 ? resolve() : reject(new Error('mkfifo')),
      ),
    );
    const { source, spec } = changed({ configuration: [place] });
    const into = await newFolder(folder);
    expect(await told(source.dump(spec, into, noControl()))).toEqual(saying('unsupported', /pipe" is neither .*HINT/));
  });

  test('a dump of which any byte was changed is corrupt, and nothing is touched', async () => {
    const random = randomFrom(tellSeed());
    const files = (await readdir(dump, { recursive: true, withFileTypes: true }))
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name).slice(dump.length + 1));
    for (let round = 0; round < 60; round += 1) {
      const name = files[Math.floor(random() * files.length)]!;
      const bytes = await readFile(join(dump, name));
      if (bytes.length === 0) continue;
      const copy = await newFolder(folder);
      await cp(dump, copy, { recursive: true });
      const at = Math.floor(random() * bytes.length);
      bytes[at] = bytes[at]! ^ (1 + Math.floor(random() * 255));
      await writeFile(join(copy, name), bytes);
      expect(await told(load(copy))).toMatchObject({ kind: 'corrupt' });
      await rm(copy, { recursive: true });
    }
    expect(await manager.read()).toEqual(held);
  });

  const evil: [
    string,
    (found: OmsNote['configuration'][number]['found']) => OmsNote['configuration'][number]['found'],
  ][] = [
    ['a path that leads out', (found) => found.map((one) => (one.path === 'empty' ? { ...one, path: '../out' } : one))],
    [
      'a file behind a link',
      (found) => found.flatMap((one) => (one.path === 'dangling' ? [one, { ...one, path: 'dangling/x' }] : [one])),
    ],
    ['a path that stands twice', (found) => [...found, found.at(-1)!]],
    [
      'bytes that lie elsewhere',
      (found) =>
        found.map((one) =>
          one.what.kind === 'file' ? { ...one, what: { ...one.what, at: '../../etc/passwd' } } : one,
        ),
    ],
  ];
  test.each(evil)('a note with %s is corrupt, and nothing is touched', async (_, change) => {
    const copy = await withNote((note) => ({
      ...note,
      configuration: note.configuration.map((one) => ({ ...one, found: change(one.found) })),
    }));
    expect(await told(load(copy))).toMatchObject({ kind: 'corrupt' });
    expect(await manager.read()).toEqual(held);
  });

  test(`killed at ${kills} moments, it goes on, or is reverted, and is whole either way`, async () => {
    const random = randomFrom(tellSeed());
    const begin = Date.now();
    await inProcess({ what: 'load', label: label(), from: dump, spec: manager.spec });
    const took = Date.now() - begin;
    for (let round = 0; round < kills; round += 1) {
      await manager.change();
      const before = await manager.read();
      const under = label();
      await inProcess({ what: 'load', label: under, from: dump, spec: manager.spec }, random() * took);
      if (round % 2 === 0) {
        await load(dump, under);
        expect(await manager.read()).toEqual(held);
        await inProcess({ what: 'revert', label: under, from: dump, spec: manager.spec }, (random() * took) / 3);
      }
      await manager.source.revert(manager.spec, under);
      expect(await manager.read()).toEqual(before);
      expect(await leftBeside()).toEqual(expect.not.arrayContaining([expect.stringContaining(under)]));
    }
  });

  test('a PostgreSQL that dies in the middle is unavailable, and the restoration goes on once it is back', async () => {
    await load();
    await manager.change();
    // Else PostgreSQL lets its sequences skip some numbers when it comes back.
    await postgres.ask('postgres', (ask) => ask('CHECKPOINT'));
    const before = await manager.read();
    const under = label();
    const loading = told(load(dump, under));
    await sleep(randomFrom(tellSeed())() * 200);
    await postgres.kill();
    expect(await loading).toMatchObject({ kind: 'unavailable' });
    await postgres.start();
    await load(dump, under);
    expect(await manager.read()).toEqual(held);
    await manager.source.revert(manager.spec, under);
    expect(await manager.read()).toEqual(before);
  });
});

/** With `killAfter`, it is killed then, if it has not ended by itself. */
async function inProcess(what: Told, killAfter?: number): Promise<void> {
  const args = [
    '-r',
    join(__dirname, '../kit/register.js'),
    join(__dirname, 'oms-load-process.ts'),
    JSON.stringify(what),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<number | null>((resolve) => child.once('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const clock = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const code = await gone;
  clearTimeout(clock);
  if (killAfter === undefined && code !== 0) throw new Error(`it ended with ${code}`);
}
