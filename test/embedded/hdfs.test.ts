import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';

const folder = mkdtempSync(join(tmpdir(), 'cairn-hdfs-'));
let hdfs: EmbeddedHdfs;

beforeAll(async () => {
  hdfs = await createHdfs({ folder: join(folder, 'one'), nameDirs: 2 });
  await hdfs.start();
  writeFileSync(join(folder, 'greeting'), 'good morning');
  await hdfs.hdfs('dfs', '-put', join(folder, 'greeting'), '/greeting');
});
afterAll(async () => {
  await hdfs?.stop();
  rmSync(folder, { recursive: true });
});

const read = async (from: EmbeddedHdfs) => (await fetch(`${from.httpAddress}/webhdfs/v1/greeting?op=OPEN`)).text();

test('it serves files through WebHDFS', async () => {
  expect(await read(hdfs)).toBe('good morning');
});

test('`hdfs dfsadmin` finds it by HADOOP_CONF_DIR alone, and rolls the edits', async () => {
  const env = { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'], HADOOP_CONF_DIR: hdfs.confDir };
  const output = execFileSync(hdfs.hdfsCommand, ['dfsadmin', '-rollEdits'], { env, encoding: 'utf8' });
  expect(output).toMatch(/New segment starts at txid \d+/);
});

test('the namespace can be saved in safe mode, into every name folder', async () => {
  expect(await hdfs.hdfs('dfsadmin', '-safemode', 'enter')).toContain('Safe mode is ON');
  expect(await hdfs.hdfs('dfsadmin', '-saveNamespace')).toContain('Save namespace successful');
  expect(await hdfs.hdfs('dfsadmin', '-safemode', 'leave')).toContain('Safe mode is OFF');
  for (const dir of hdfs.nameDirs) expect(existsSync(join(dir, 'current', 'VERSION'))).toBe(true);
});

test('a command that fails is an error with what it said', async () => {
  await expect(hdfs.hdfs('dfs', '-cat', '/nothing')).rejects.toThrow('No such file or directory');
});

test('its NameNode stops and starts again with its files, also when it is killed', async () => {
  await hdfs.stopNameNode();
  await expect(fetch(hdfs.httpAddress)).rejects.toThrow();
  await hdfs.startNameNode();
  await hdfs.killNameNode();
  await hdfs.startNameNode();
  await hdfs.waitUntilServing();
  expect(await read(hdfs)).toBe('good morning');
});

test('a second one lives beside it, with a name service and files of its own', async () => {
  const second = await createHdfs({ folder: join(folder, 'two'), nameService: 'ns2' });
  await second.start();
  expect([second.nameService, (await fetch(`${second.httpAddress}/webhdfs/v1/greeting?op=OPEN`)).status]).toEqual([
    'ns2',
    404,
  ]);
  await second.stop();
  expect(await read(hdfs)).toBe('good morning');
});

test('opened again in its folder it has the same addresses and files', async () => {
  await hdfs.stop();
  const again = await createHdfs({ folder: join(folder, 'one'), nameDirs: 2 });
  expect(again.httpAddress).toBe(hdfs.httpAddress);
  await again.start();
  expect(await read(again)).toBe('good morning');
  await again.stop();
});
