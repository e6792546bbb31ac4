import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { dropGarbage } from '../activities/drop-garbage';
import { type ArchiveDigester, createArchiveDigester, differenceIn } from '../sets/digests';
import { testTls } from '../test/kit/test-tls';
import { rclone, withoutRclone } from '../test/servers/rclone';
import { machine, median, printFigure, seconds } from './machine';
import { watchResident } from './resident';
import { type UploadPlace, uploadPlaces } from './upload-places';

/**
 * One archive of 1 GiB to a target: cairn hashes it, stores it and reads every byte of it back, against `rclone copy` and
 * `rclone check --download` of the same file to the same server. Interleaved, each to a fresh place.
 * Run: npm run bench -- upload-local-dir (or upload-sftp, upload-obs, upload-obs-tls)
 */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const MiB = 1024 * 1024;
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
  // The first round warms up both. They take turns in going first.
  for (let round = -1; round < rounds; round += 1) {
    const turns = [
      async () => {
        const resident = watchResident(process.pid);
        const time = await seconds(() => storeAndReadBack(place, file));
        const { peak } = resident.stop();
        if (round >= 0) [own[round], peaks[round]] = [time, peak];
      },
      async () => {
        const time = await seconds(() => copyAndCheck(place, join(folder, 'files')));
        if (round >= 0) peer[round] = time;
      },
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) {
      await settle(folder);
      await turn();
    }
  }
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(' ');
  process.stdout.write(`${machine([[rclone, 'version']])}; ${place.server}; ${rounds} rounds\n`);
  process.stdout.write(`cairn ${list(own)} s, rclone ${list(peer)} s\n`);
  const ratios = own.map((time, round) => peer[round]! / time);
  printFigure(`store and read back ${mebibytes} MiB`, `${median(ratios).toFixed(2)} × as fast`, '≥ 1.2 ×');
  printFigure('resident memory meanwhile, of this process', `median peak ${median(peaks)} MiB`, '≤ 250 MiB');
}

/** As a run does it. What is packed there is hashed as it comes; here it is hashed as it goes. */
async function storeAndReadBack(place: UploadPlace, file: string): Promise<void> {
  const target = await place.open();
  await using _closing = target;
  using digester = createArchiveDigester(mebibytes * MiB);
  const open = async () => Readable.from(hashed(file, digester), { objectMode: false, highWaterMark: MiB });
  await target.put('archive', { id: randomBytes(32).toString('hex'), bytes: mebibytes * MiB, open });
  dropGarbage(mebibytes * MiB);
  const wrong = await differenceIn(await target.get('archive'), await digester.digests());
  if (wrong !== undefined) throw new Error(wrong);
  dropGarbage(mebibytes * MiB);
  await target.remove('archive');
}

async function* hashed(file: string, digester: ArchiveDigester): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file, { highWaterMark: MiB }) as AsyncIterable<Buffer>) {
    await digester.update(chunk);
    yield chunk;
  }
}

/**
 * Both begin in the same state. What one has left to the disk in memory is written before the other's time begins; and the
 * kernel has memory at hand that was in use just before, as memory that it must get anew from this virtual machine's host
 * makes the first of them up to three times as slow. With `BENCH_COLD` it has none.
 */
async function settle(folder: string): Promise<void> {
  await promisify(execFile)('sync');
  if (process.env['BENCH_COLD'] !== undefined) return await sleep(6000);
  const file = join(folder, 'settle');
  await pipeline(Readable.from(randomBlocks()), createWriteStream(file));
  await rm(file);
  await promisify(execFile)('sync');
}

async function copyAndCheck(place: UploadPlace, files: string): Promise<void> {
  const remote = await place.remote();
  const run = (...args: string[]) => promisify(execFile)(rclone, ['--config', '', '--ca-cert', testTls.ca, ...args]);
  await run('copy', files, remote);
  await run('check', '--download', files, remote);
  await run('delete', remote);
}

/** Bytes that no layer can make fewer. */
function* randomBlocks(): Generator<Buffer> {
  for (let n = 0; n < mebibytes; n += 1) yield randomBytes(MiB);
}
