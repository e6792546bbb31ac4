import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { difference, digestsOf } from '../sets/digests';
import { rclone, withoutRclone } from '../test/servers/rclone';
import { machine, median, printFigure, seconds } from './machine';
import { watchResident } from './resident';
import { type UploadPlace, uploadPlaces } from './upload-places';

/**
 * One archive of 1 GiB to a target: cairn hashes it, stores it and reads every byte of it back, against `rclone copy` and
 * `rclone check --download` of the same file to the same server. Interleaved, each to a fresh place.
 * Run: npm run bench -- upload-local-dir (or upload-sftp, upload-obs)
 */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const mebibytes = Number(process.env['BENCH_MIB'] ?? 1024);

export function benchUpload(kind: keyof typeof uploadPlaces): () => Promise<void> {
  return async () => {
    if (withoutRclone !== undefined) throw new Error(withoutRclone);
    const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
    const place = await uploadPlaces[kind](folder);
    try {
      await compare(place, folder);
    } finally {
      await place.end();
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function compare(place: UploadPlace, folder: string): Promise<void> {
  await mkdir(join(folder, 'files'));
  const file = join(folder, 'files', 'archive');
  await pipeline(Readable.from(randomBlocks()), createWriteStream(file));
  const [own, peer]: [number[], number[]] = [[], []];
  const peaks: number[] = [];
  // The first round warms up both.
  for (let round = -1; round < rounds; round += 1) {
    const resident = watchResident(process.pid);
    const a = await seconds(() => storeAndReadBack(place, file));
    const { peak } = resident.stop();
    const b = await seconds(() => copyAndCheck(place, join(folder, 'files')));
    if (round < 0) continue;
    own.push(a);
    peer.push(b);
    peaks.push(peak);
  }
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(' ');
  process.stdout.write(`${machine([[rclone, 'version']])}; ${place.server}; ${rounds} rounds\n`);
  process.stdout.write(`cairn ${list(own)} s, rclone ${list(peer)} s\n`);
  const ratios = own.map((time, round) => peer[round]! / time);
  printFigure(`store and read back ${mebibytes} MiB`, `${median(ratios).toFixed(2)} × as fast`, '≥ 1.2 ×');
  printFigure('resident memory meanwhile, of this process', `median peak ${median(peaks)} MiB`, '≤ 250 MiB');
}

/** As a run does it with the archive in its spool. */
async function storeAndReadBack(place: UploadPlace, file: string): Promise<void> {
  const open = async (from: number) => createReadStream(file, { start: from, highWaterMark: 1024 * 1024 });
  const target = await place.open();
  await using _closing = target;
  const written = await digestsOf(await open(0));
  await target.put('archive', { id: written.sha256, bytes: written.bytes, open });
  const wrong = difference(written, await digestsOf(await target.get('archive')));
  if (wrong !== undefined) throw new Error(wrong);
  await target.remove('archive');
}

async function copyAndCheck(place: UploadPlace, files: string): Promise<void> {
  const remote = await place.remote();
  const run = (...args: string[]) => promisify(execFile)(rclone, ['--config', '', ...args]);
  await run('copy', files, remote);
  await run('check', '--download', files, remote);
  await run('delete', remote);
}

/** Bytes that no layer can make fewer. */
function* randomBlocks(): Generator<Buffer> {
  const block = Buffer.alloc(1024 ** 2);
  for (let n = 0; n < mebibytes; n += 1) {
    for (let place = 0; place < block.length; place += 4) block.writeUInt32LE(((place + n) * 2654435761) >>> 0, place);
    yield Buffer.from(block);
  }
}
