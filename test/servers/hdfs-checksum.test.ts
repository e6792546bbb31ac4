import { randomBytes } from 'node:crypto';
import { createHdfsChecksum, md5Of, parseAlgorithm } from '../../servers/hdfs-checksum';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { type RealHdfs, startRealHdfs } from './real-hdfs';

const blockSize = 65_536;
let plain: RealHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  plain = await startRealHdfs();
  dfs = openWebHdfs([plain.hdfs.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => plain?.end());

const sizes = {
  'an empty file': 0,
  'one byte': 1,
  'exactly one CRC': 512,
  'one CRC and a byte': 513,
  'exactly one block': blockSize,
  'several whole blocks': 3 * blockSize,
  'blocks and a part of one': 2 * blockSize + 1_000,
  'two blocks, whose MD5s need no padding': 2 * blockSize,
  'more than 32 blocks': 32 * blockSize + 7,
  'more than 64 blocks': 65 * blockSize,
};

test.each(Object.entries(sizes))("what is computed of %s is HDFS's own checksum", async (name, bytes) => {
  const content = randomBytes(bytes);
  await dfs.create(`/${name}`, content, { blockSize });
  const told = await dfs.fileChecksum(`/${name}`);
  expect(computed(pieces(content, 10_007), told.algorithm)).toBe(md5Of(told));
});

test('a file of one other byte has another checksum', async () => {
  const content = randomBytes(3 * blockSize);
  await dfs.create('/other', content, { blockSize });
  const told = await dfs.fileChecksum('/other');
  content[2 * blockSize + 5]! ^= 1;
  expect(computed([content], told.algorithm)).not.toBe(md5Of(told));
});

test('it does not matter how the bytes come by', async () => {
  const content = randomBytes(blockSize + 5_000);
  const whole = computed([content], 'MD5-of-128MD5-of-512CRC32C');
  for (const length of [1, 7, 511, 512, 513, 65_535, 65_537]) {
    expect(computed(pieces(content, length), 'MD5-of-128MD5-of-512CRC32C')).toBe(whole);
  }
});

test('a file in a snapshot keeps its checksum when the file goes on', async () => {
  await dfs.create('/frozen/file', randomBytes(100_000), { blockSize });
  const before = await dfs.fileChecksum('/frozen/file');
  await dfs.allowSnapshots('/frozen');
  await dfs.createSnapshot('/frozen', 's1');
  await dfs.append('/frozen/file', randomBytes(100_000));
  expect(await dfs.fileChecksum('/frozen/.snapshot/s1/file')).toEqual(before);
  expect(await dfs.fileChecksum('/frozen/file')).not.toEqual(before);
});

test('many checksums are asked for at once', async () => {
  const names = Array.from({ length: 64 }, (_, n) => `/at-once/${n}`);
  const contents = names.map(() => randomBytes(1_000));
  for (const [n, name] of names.entries()) await dfs.create(name, contents[n]!);
  const told = await Promise.all(names.map((name) => dfs.fileChecksum(name)));
  expect(told.map(md5Of)).toEqual(contents.map((content) => computed([content], 'MD5-of-0MD5-of-512CRC32C')));
});

test('the name of an algorithm is read, and what bytes alone do not give is not', () => {
  expect(parseAlgorithm('MD5-of-2048MD5-of-512CRC32C')).toEqual({ crcPerBlock: 2048, bytesPerCrc: 512, crc: 'CRC32C' });
  expect(parseAlgorithm('MD5-of-0MD5-of-0CRC32')).toEqual({ crcPerBlock: 0, bytesPerCrc: 0, crc: 'CRC32' });
  for (const other of ['COMPOSITE-CRC32C', 'NONE', 'MD5-of-0MD5-of-512NULL', 'MD5-of-1MD5-of-512CRC32CX', '']) {
    expect(parseAlgorithm(other)).toBeUndefined();
  }
});

test('bytes of a file that HDFS calls empty give another checksum', () => {
  expect(computed([Buffer.alloc(0)], 'MD5-of-0MD5-of-0CRC32')).toBe('70bc8f4b72a86921468bf8e8441dce51');
  expect(computed([Buffer.from('x')], 'MD5-of-0MD5-of-0CRC32')).not.toBe('70bc8f4b72a86921468bf8e8441dce51');
});

describe('with CRC32 of 1024 bytes each', () => {
  let other: RealHdfs;
  beforeAll(async () => {
    other = await startRealHdfs({ properties: { 'dfs.checksum.type': 'CRC32', 'dfs.bytes-per-checksum': '1024' } });
  });
  afterAll(() => other?.end());

  test.each([1_000, 1_024, 3 * blockSize + 1_500])("what is computed of %i bytes is HDFS's own", async (bytes) => {
    const old = openWebHdfs([other.hdfs.httpAddress], simpleLogin({ user: 'root' }));
    const content = randomBytes(bytes);
    await old.create('/file', content, { blockSize, overwrite: true });
    const told = await old.fileChecksum('/file');
    expect(parseAlgorithm(told.algorithm)).toMatchObject({ bytesPerCrc: 1_024, crc: 'CRC32' });
    expect(computed(pieces(content, 10_007), told.algorithm)).toBe(md5Of(told));
  });
});

function computed(chunks: Iterable<Buffer>, algorithm: string): string {
  const sum = createHdfsChecksum({ blockSize, ...parseAlgorithm(algorithm)! });
  for (const chunk of chunks) sum.update(chunk);
  return sum.digest();
}

function* pieces(content: Buffer, length: number): Iterable<Buffer> {
  for (let at = 0; at < content.length; at += length) yield content.subarray(at, at + length);
}
