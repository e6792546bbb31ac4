import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHdfs, type EmbeddedHdfs } from '../../embedded/hdfs';
import { noControl } from '../../model/control';
import type { NameNodeSpec } from '../../model/name-node';
import { simpleLogin } from '../../servers/login';
import { openNameNodeSource } from '../../sources/name-node';

const label = '20261122120000';
let folder: string;
let hdfs: EmbeddedHdfs;
let spec: NameNodeSpec;
const open = () =>
  openNameNodeSource({
    login: simpleLogin({ user: 'root' }),
    hadoop: { hdfs: hdfs.hdfsCommand, confDir: hdfs.confDir },
    host: 'here',
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-name-node-'));
  hdfs = await createHdfs({ folder: join(folder, 'hdfs') });
  await hdfs.start();
  spec = {
    nameService: 'hacluster',
    nameNodes: [{ http: hdfs.httpAddress, host: 'here', nameDirs: [...hdfs.nameDirs] }],
  };
});
afterAll(async () => {
  await hdfs?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a NameNode whose directory was lost serves the same tree after the restoration', async () => {
  await hdfs.hdfs('dfs', '-mkdir', '-p', '/a/b c/%41+#/ü');
  await hdfs.hdfs('dfs', '-put', __filename, '/a/b c/file');
  const before = await hdfs.hdfs('dfs', '-ls', '-R', '/');
  const dump = await mkdtemp(join(folder, 'dump-'));
  const { facts } = await open().dump(spec, dump, noControl());
  expect(facts).toMatchObject({ imageTxId: 0 });
  await expect(open().check(spec, 'restore')).rejects.toMatchObject({ kind: 'precondition' });
  await hdfs.stopNameNode();
  await rm(hdfs.nameDir, { recursive: true });
  await open().check(spec, 'restore');
  await open().load(spec, dump, label, noControl());
  await hdfs.startNameNode();
  await hdfs.waitUntilServing();
  expect(await hdfs.hdfs('dfs', '-ls', '-R', '/')).toBe(before);
  expect(await hdfs.hdfs('dfs', '-cat', '/a/b c/file')).toContain('cairn-name-node-');
});
