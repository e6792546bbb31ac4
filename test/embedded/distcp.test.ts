import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createHdfs } from '../../embedded/hdfs';
import { openTwoClusters, type TwoClusters } from '../kit/two-clusters';

let clusters: TwoClusters;

beforeAll(async () => {
  clusters = await openTwoClusters();
  const { source, folder } = clusters;
  await writeFile(join(folder, 'greeting'), 'good morning');
  await source.hdfs('dfs', '-mkdir', '-p', '/src/some');
  await source.hdfs('dfs', '-put', join(folder, 'greeting'), '/src/some');
  await source.hdfs('dfs', '-setfacl', '-m', 'user:bob:r--', '/src/some/greeting');
  await source.hdfs('dfs', '-setfattr', '-n', 'user.colour', '-v', 'blue', '/src/some/greeting');
  await source.hdfs('dfsadmin', '-allowSnapshot', '/src');
  await source.hdfs('dfs', '-createSnapshot', '/src', 's1');
});
afterAll(() => clusters?.close());

const copy = ({ source, remote }: TwoClusters, ...more: string[]) =>
  source.hadoop('distcp', '-pugpax', '-update', ...more, `${source.uri}/src/.snapshot/s1`, `${remote.uri}/copy`);

test('DistCp copies a snapshot from one HDFS into the other, with ACLs and extended attributes', async () => {
  await copy(clusters, '-m', '2', '-bandwidth', '10');
  const { remote } = clusters;
  expect(await remote.hdfs('dfs', '-cat', '/copy/some/greeting')).toBe('good morning');
  expect(await remote.hdfs('dfs', '-getfacl', '/copy/some/greeting')).toContain('user:bob:r--');
  expect(await remote.hdfs('dfs', '-getfattr', '-d', '/copy/some/greeting')).toContain('user.colour="blue"');
});

test('with -delete it removes what the source does not have', async () => {
  const { remote } = clusters;
  await remote.hdfs('dfs', '-mkdir', '-p', '/copy/stranger');
  await copy(clusters, '-delete');
  expect(await remote.hdfs('dfs', '-ls', '-C', '/copy')).toBe('/copy/some\n');
});

test('a copy that fails is an error with what was logged', async () => {
  const { source, remote } = clusters;
  const copying = source.hadoop('distcp', `${source.uri}/nothing`, `${remote.uri}/copy`);
  await expect(copying).rejects.toThrow(/failed \(exit code 255\)[^]*nothing doesn't exist/);
});

test('the command becomes Java, with the options that were given for it: whoever kills it leaves nothing behind', async () => {
  const { source, remote } = clusters;
  const env = { ...process.env, HADOOP_CONF_DIR: source.confDir, HADOOP_CLIENT_OPTS: '-Dmark=1' };
  const args = ['distcp', `${source.uri}/src`, `${remote.uri}/never`];
  const child = spawn(source.hadoopCommand, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  await once(child.stderr, 'data');
  const commandLine = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' });
  child.kill('SIGKILL');
  await ended;
  expect(commandLine).toMatch(/^\S*java .* -Dmark=1 .* org\.apache\.hadoop\.tools\.DistCp /);
});

test('a zone is encrypted with a key from a key store that lay there when the NameNode started', async () => {
  const keyStore = pathToFileURL(join(clusters.folder, 'keys')).pathname;
  const properties = { 'hadoop.security.key.provider.path': `jceks://file${keyStore}` };
  const hdfs = await createHdfs({ folder: join(clusters.folder, 'encrypted'), properties });
  try {
    await hdfs.hadoop('key', 'create', 'secret');
    await hdfs.start();
    await hdfs.hdfs('dfs', '-mkdir', '/zone');
    await hdfs.hdfs('crypto', '-createZone', '-keyName', 'secret', '-path', '/zone');
    await hdfs.hdfs('dfs', '-put', join(clusters.folder, 'greeting'), '/zone');
    expect(await hdfs.hdfs('crypto', '-listZones')).toMatch(/\/zone +secret/);
    expect(await hdfs.hdfs('dfs', '-cat', '/zone/greeting')).toBe('good morning');
    expect(await hdfs.hdfs('dfs', '-cat', '/.reserved/raw/zone/greeting')).not.toContain('morning');
  } finally {
    await hdfs.stop();
  }
});
