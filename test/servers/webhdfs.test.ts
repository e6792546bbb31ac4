import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { simpleLogin } from '../../servers/login';
import { type HdfsEntry, openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { type RealHdfs, startRealHdfs } from './real-hdfs';

let real: RealHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
  dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => real?.end());

const names = [
  'with space',
  '100%',
  '%41',
  'a+b',
  'a#b',
  'a?b=c&d',
  'ünï-漢字-🗻',
  '.hidden',
  "it's (a) [name]",
  'a;b',
  'a\\b',
];

test.each(names)('a file named %j is written, listed, read, renamed and removed', async (name) => {
  const folder = `/names/${name}`;
  const content = Buffer.from(`content of ${name}`);
  await dfs.mkdirs(folder);
  await dfs.create(`${folder}/${name}`, content);
  expect((await all(dfs.list(folder))).map((entry) => entry.name)).toEqual([name]);
  expect(await buffer(await dfs.open(`${folder}/${name}`))).toEqual(content);
  await dfs.rename(`${folder}/${name}`, `${folder}/${name} too`);
  expect(await dfs.status(`${folder}/${name}`)).toBeUndefined();
  expect(await dfs.status(`${folder}/${name} too`)).toMatchObject({ type: 'file', bytes: content.length });
  await dfs.remove(folder);
  expect(await dfs.status(folder)).toBeUndefined();
});

test('an empty file is written and read', async () => {
  await dfs.create('/empty', Buffer.alloc(0));
  expect(await dfs.status('/empty')).toMatchObject({ bytes: 0 });
  expect(await buffer(await dfs.open('/empty'))).toHaveLength(0);
});

test('a file of several blocks is streamed in, appended to, and read whole and by ranges', async () => {
  const content = randomBytes(5_000_000);
  const pieces = [content.subarray(0, 1_234_567), content.subarray(1_234_567, 4_000_000)];
  await dfs.create('/large', Readable.from(pieces), { blockSize: 1024 * 1024 });
  await dfs.append('/large', { open: async () => Readable.from([content.subarray(4_000_000)]) });
  expect(await dfs.status('/large')).toMatchObject({ bytes: 5_000_000, blockSize: 1024 * 1024 });
  expect(sha(await buffer(await dfs.open('/large')))).toBe(sha(content));
  const middle = await buffer(await dfs.open('/large', { start: 1_000_000, end: 2_999_999 }));
  expect(sha(middle)).toBe(sha(content.subarray(1_000_000, 3_000_000)));
});

test('equal files have equal checksums, others have not', async () => {
  const content = randomBytes(2_500_000);
  const sums = [];
  for (const [name, bytes] of Object.entries({ one: content, same: content, other: content.subarray(1) })) {
    await dfs.create(`/sums/${name}`, bytes, { blockSize: 1024 * 1024 });
    sums.push(await dfs.fileChecksum(`/sums/${name}`));
  }
  expect(sums[0]).toMatchObject({ algorithm: 'MD5-of-2048MD5-of-512CRC32C' });
  expect(sums[1]).toEqual(sums[0]);
  expect(sums[2]!.bytes).not.toBe(sums[0]!.bytes);
  expect(await dfs.contentSummary('/sums')).toEqual({ files: 3, directories: 1, bytes: 7_499_999 });
});

test('owner, group and permission are set and told', async () => {
  await dfs.create('/owned', Buffer.from('x'), { permission: '600' });
  expect(await dfs.status('/owned')).toMatchObject({ owner: 'root', permission: '600' });
  await dfs.setOwner('/owned', 'alice', 'users');
  await dfs.setPermission('/owned', '1640');
  expect(await dfs.status('/owned')).toMatchObject({ owner: 'alice', group: 'users', permission: '1640' });
});

test('a directory of more entries than a page is listed whole and in order', async () => {
  await dfs.mkdirs('/many');
  const wanted = Array.from({ length: 1_100 }, (_, n) => `d${String(n).padStart(5, '0')}`);
  for (let n = 0; n < wanted.length; n += 20) {
    await Promise.all(wanted.slice(n, n + 20).map((name) => dfs.mkdirs(`/many/${name}`)));
  }
  expect((await all(dfs.list('/many'))).map((entry) => entry.name)).toEqual(wanted);
});

test('removing what is not there is fine; listing, reading and renaming it is not', async () => {
  await dfs.remove('/nothing');
  await expect(all(dfs.list('/nothing'))).rejects.toMatchObject({ kind: 'missing' });
  await expect(dfs.open('/nothing')).rejects.toMatchObject({
    kind: 'missing',
    context: { exception: 'FileNotFoundException' },
  });
  await expect(dfs.rename('/nothing', '/something')).rejects.toMatchObject({ kind: 'conflict' });
});

test('a file that is there is overwritten only when told so', async () => {
  await dfs.create('/there', Buffer.from('old'));
  await expect(dfs.create('/there', Buffer.from('new'))).rejects.toMatchObject({ kind: 'conflict' });
  await dfs.create('/there', Buffer.from('new'), { overwrite: true });
  expect(String(await buffer(await dfs.open('/there')))).toBe('new');
});

test('a file takes the place of another one in one step', async () => {
  await dfs.create('/places/new', Buffer.from('new'));
  await dfs.create('/places/old', Buffer.from('old'));
  await dfs.replace('/places/new', '/places/old');
  expect((await all(dfs.list('/places'))).map((entry) => entry.name)).toEqual(['old']);
  expect(String(await buffer(await dfs.open('/places/old')))).toBe('new');
  await dfs.replace('/places/old', '/places/nothing there');
  expect(String(await buffer(await dfs.open('/places/nothing there')))).toBe('new');
});

test('a file takes no place of a directory, of itself, or in a directory that is not there', async () => {
  await dfs.create('/no-places/file', Buffer.from('x'));
  await dfs.mkdirs('/no-places/empty');
  await dfs.mkdirs('/no-places/full/of/it');
  const to = (path: string) => expect(dfs.replace('/no-places/file', path)).rejects;
  for (const path of ['empty', 'full', 'file', 'file/below']) {
    await to(`/no-places/${path}`).toMatchObject({ kind: 'conflict' });
  }
  await to('/no-places/nowhere/file').toMatchObject({ kind: 'missing' });
  await expect(dfs.replace('/no-places/nothing', '/no-places/file')).rejects.toMatchObject({ kind: 'missing' });
  expect(String(await buffer(await dfs.open('/no-places/file')))).toBe('x');
});

test('another user is denied what is not theirs, and told by which exception', async () => {
  await dfs.mkdirs('/private', '700');
  const other = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'mallory' }));
  await expect(other.create('/private/file', Buffer.from('x'))).rejects.toMatchObject({
    kind: 'denied',
    context: {
      exception: 'AccessControlException',
      javaClassName: 'org.apache.hadoop.security.AccessControlException',
    },
  });
});

test('a NameNode that does not run is passed over for the next one', async () => {
  const pair = openWebHdfs(['http://127.0.0.1:1', real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
  expect(await pair.status('/')).toMatchObject({ type: 'directory' });
  const none = openWebHdfs(['http://127.0.0.1:1'], simpleLogin({ user: 'root' }));
  await expect(none.status('/')).rejects.toMatchObject({ kind: 'unavailable' });
});

test('what a source throws while it is read is thrown on, and no file counts as written', async () => {
  async function* broken() {
    yield Buffer.from('half');
    throw new RangeError('the source broke');
  }
  await expect(dfs.create('/broken', Readable.from(broken()))).rejects.toThrow('the source broke');
});

test('a path that is relative, climbs or is no text is refused before anything is asked', async () => {
  for (const path of ['relative', '/a/../b', '/./a', '/half\ud800']) {
    await expect(dfs.mkdirs(path)).rejects.toMatchObject({ kind: 'invalid' });
  }
});

async function all(entries: AsyncIterable<HdfsEntry>): Promise<HdfsEntry[]> {
  const found = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
