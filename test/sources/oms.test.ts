import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import { withDatabase } from '../../servers/postgres';
import { readNote } from '../../sources/oms-note';
import { describeWhere } from '../kit/skip';
import { postgresPassword, withoutPostgres } from '../servers/postgres';
import { type Manager, newFolder, treeOf } from './oms-fixture';
import {
  changed,
  dump,
  endAll,
  folder,
  held,
  label,
  leftBeside,
  load,
  manager,
  postgres,
  saying,
  startAll,
  told,
} from './oms-ground';

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

  test('a pattern that names no table is told with the set, as the slip that it may be', async () => {
    const { source, spec } = changed({
      database: { ...manager.spec.database, withoutRows: ['public.alarm_*', 'Alarms_*', 'public.settings?'] },
    });
    const { notes } = await source.dump(spec, await newFolder(folder), noControl());
    expect(notes).toEqual([
      'no table of database manager1 is named Alarms_*, as services.oms.database.withoutRows says',
      'no table of database manager1 is named public.settings?, as services.oms.database.withoutRows says',
    ]);
    expect((await manager.source.dump(manager.spec, await newFolder(folder), noControl())).notes).toEqual([]);
  });

  test('a restoration is reverted on the management host that it ran on; another one refuses to do half of it', async () => {
    const [other, more] = [join(folder, 'other/conf'), join(folder, 'other/more')];
    for (const one of [other, more]) await mkdir(one, { recursive: true });
    await manager.change();
    const before = await manager.read();
    const under = label();
    await load(dump, under);
    // The same database, and folders of its own under the same names.
    const { source, spec } = changed({ configuration: [other, more] });
    expect(await told(source.revert(spec, under))).toEqual(
      saying('precondition', /has replaced the database, but has left nothing in .*other: it ran on another .*HINT/),
    );
    expect(await manager.read()).toEqual(held);
    await manager.source.revert(manager.spec, under);
    expect(await manager.read()).toEqual(before);
    await source.revert(spec, under);
    expect(await manager.read()).toEqual(before);
    await load();
  });

  test('a folder that the set does not hold is not left as it is without a word', async () => {
    const [first] = manager.spec.configuration;
    const less = await newFolder(folder);
    const one = changed({ configuration: [first!] });
    await one.source.dump(one.spec, less, noControl());
    expect(await told(load(less))).toEqual(
      saying('precondition', /the set does not hold .*-more, which would stay .*HINT/),
    );
    expect(await manager.read()).toEqual(held);
  });

  test('folders that were lost with what they lay in are there again', async () => {
    const deep = join(folder, 'lost/etc/manager');
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, 'x'), 'x');
    const { source, spec } = changed({ configuration: [deep] });
    const into = await newFolder(folder);
    await source.dump(spec, into, noControl());
    await rm(join(folder, 'lost'), { recursive: true });
    await source.check(spec, 'restore');
    const under = label();
    await source.load(spec, into, under, noControl());
    expect(await treeOf(deep)).toMatchObject([{ path: '' }, { path: 'x' }]);
    await source.revert(spec, under);
    expect(await treeOf(deep)).toEqual([]);
  });

  test('one that is stopped when all is built puts nothing', async () => {
    const under = label();
    const last = (await readNote(dump)).configuration.at(-1)!;
    const lastBuilt = join(`${last.folder}.cairn-${under}.part`, last.found.at(-1)!.path);
    const stopping = new AbortController();
    const report = () => void (existsSync(lastBuilt) && stopping.abort());
    await manager.change();
    const before = await manager.read();
    const loading = told(
      manager.source.load(manager.spec, dump, under, { ...noControl(), signal: stopping.signal, report }),
    );
    expect(await loading).toMatchObject({ kind: 'cancelled' });
    expect(await manager.read()).toEqual(before);
    await manager.source.revert(manager.spec, under);
    expect(await leftBeside()).toEqual(expect.not.arrayContaining([expect.stringContaining(under)]));
    await load();
  });

  test('what PostgreSQL refuses is no outage, and is not tried again', async () => {
    const asking = withDatabase(manager.access, 'manager1', (ask) => ask('SELECT nothing FROM nowhere'));
    expect(await told(asking)).toEqual(saying('precondition', /relation "nowhere" does not exist HINT: see/));
  });

  test('a password is what cairn.yaml names, never what the environment holds', async () => {
    process.env['PGPASSWORD'] = postgresPassword;
    const { password: _named, ...open } = manager.access;
    const asking = withDatabase(open, 'manager1', (ask) => ask('SELECT 1'));
    expect(await told(asking)).toEqual(saying('denied', /asks for a password, and cairn.yaml names none HINT: name/));
    delete process.env['PGPASSWORD'];
  });
});
