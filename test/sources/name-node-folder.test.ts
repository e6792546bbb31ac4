import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import { editsName, imageName } from '../../servers/name-node';
import { checkFolder } from '../../sources/name-node-folder';
import { md5Text } from '../../sources/name-node-image';
import { parseVersion, versionText } from '../../sources/name-node-storage';
import { segment, syntheticImage } from '../fakes/name-node-data';

let parent: string;
let folder: string;
const version = { layoutVersion: -67, namespaceId: 4711, cTime: 0, clusterId: 'CID a:b=c', blockPoolId: 'BP-1-host-2' };
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => void (parent = await mkdtemp(join(tmpdir(), 'cairn-folder-'))));
afterAll(() => rm(parent, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'dump-'));
  const image = syntheticImage(2_500_000);
  await writeFile(inFolder(imageName(10)), Buffer.concat([...image.chunks()]));
  await writeFile(inFolder(`${imageName(10)}.md5`), md5Text(image.md5, imageName(10)));
  await writeFile(inFolder(editsName(11, 20)), segment(11, 20));
  await writeFile(inFolder(editsName(21, 30)), segment(21, 30));
  await writeFile(inFolder('seen_txid'), '30\n');
  await writeFile(inFolder('VERSION'), versionText(version));
});

const check = () => checkFolder(folder, noControl());

test('a whole folder passes and tells what it holds', async () => {
  expect(await check()).toMatchObject({
    imageTxId: 10,
    segments: [
      { start: 11, end: 20 },
      { start: 21, end: 30 },
    ],
    files: (await readdir(folder)).sort(),
    version,
  });
});

test('a first segment that begins before the image ends is fine: a standby may have written it in between', async () => {
  await rm(inFolder(editsName(11, 20)));
  await writeFile(inFolder(editsName(5, 20)), segment(5, 20));
  await check();
});

const damages: Record<string, () => Promise<unknown>> = {
  'no VERSION': () => rm(inFolder('VERSION')),
  'no seen_txid': () => rm(inFolder('seen_txid')),
  'no image': () => rm(inFolder(imageName(10))),
  'no digest of the image': () => rm(inFolder(`${imageName(10)}.md5`)),
  'the digest of another image': () =>
    writeFile(inFolder(`${imageName(10)}.md5`), md5Text('0'.repeat(32), imageName(9))),
  'another digest': () => writeFile(inFolder(`${imageName(10)}.md5`), md5Text('0'.repeat(32), imageName(10))),
  'a second image': () => writeFile(inFolder(imageName(9)), 'x'),
  'a file that no NameNode writes': () => writeFile(inFolder('core'), ''),
  'a gap in the middle': () => rm(inFolder(editsName(11, 20))),
  'the end missing': () => rm(inFolder(editsName(21, 30))),
  'a segment under another name': () => rename(inFolder(editsName(21, 30)), inFolder(editsName(21, 31))),
  'a segment too much': () => writeFile(inFolder(editsName(31, 40)), segment(31, 40)),
  'segments that overlap': () => writeFile(inFolder(editsName(15, 30)), segment(15, 30)),
  'words in seen_txid': () => writeFile(inFolder('seen_txid'), 'thirty'),
  'an image of something else': () => writeImage(Buffer.from('HDFSIMG2', 'latin1'), 0),
  'an image without an end': () => writeImage(Buffer.alloc(4), 2_500_000 - 4),
  'one wrong byte in the image': () => writeImage(Buffer.from([1]), 1_700_000, false),
};

/** Writes into the image; unless told, its digest is made right, so that only the form is wrong. */
async function writeImage(bytes: Buffer, at: number, isDigestRight = true): Promise<void> {
  const image = await readFile(inFolder(imageName(10)));
  bytes.copy(image, at);
  await writeFile(inFolder(imageName(10)), image);
  const { createHash } = await import('node:crypto');
  const md5 = createHash('md5').update(image).digest('hex');
  if (isDigestRight) await writeFile(inFolder(`${imageName(10)}.md5`), md5Text(md5, imageName(10)));
}

test.each(Object.entries(damages))('%s is corrupt', async (_, damage) => {
  await damage();
  await expect(check()).rejects.toMatchObject({ kind: 'corrupt' });
});

test('VERSION is read as Hadoop writes it', () => {
  const text = [
    '#Sun Nov 22 17:27:39 UTC 2026',
    'namespaceID=741207498',
    'blockpoolID=BP-384478716-127.0.0.1-1795368459584',
    'storageType=NAME_NODE',
    'cTime=1795368459584',
    'clusterID=CID-25\\:b\\=2',
    'layoutVersion=-67',
    '',
  ].join('\n');
  expect(parseVersion(text)).toEqual({
    layoutVersion: -67,
    namespaceId: 741207498,
    cTime: 1795368459584,
    clusterId: 'CID-25:b=2',
    blockPoolId: 'BP-384478716-127.0.0.1-1795368459584',
  });
});

test.each(['namespaceID', 'blockpoolID', 'storageType', 'cTime', 'clusterID', 'layoutVersion'])(
  'a VERSION without %s is corrupt',
  (field) => {
    const lines = versionText(version).split('\n');
    const without = lines.filter((line) => !line.startsWith(`${field}=`)).join('\n');
    const emptied = lines.map((line) => (line.startsWith(`${field}=`) ? `${field}=` : line)).join('\n');
    for (const text of [without, emptied]) expect(() => parseVersion(text)).toThrow(/VERSION/);
  },
);
