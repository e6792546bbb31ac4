import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { dropGarbage } from '../activities/drop-garbage';
import type { BackupTarget } from '../model/target';
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
        await using target = await place.open();
        const resident = watchResident(process.pid);
        const time = await seconds(() => storeAndReadBack(target, file));
        const { peak } = resident.stop();
        if (round >= 0) [own[round], peaks[round]] = [time, peak];
        await target.remove('archive');
      },
      async () => {
        const remote = await place.remote();
        const time = await seconds(() => copyAndCheck(join(folder, 'files'), remote));
        if (round >= 0) peer[round] = time;
        await withRclone('delete', remote);
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
async function storeAndReadBack(target: BackupTarget, file: string): Promise<void> {
  using digester = createArchiveDigester(mebibytes * MiB);
  const opened = async () => Readable.from(hashed(file, digester), { objectMode: false, highWaterMark: MiB });
  await target.put('archive', { id: randomBytes(32).toString('hex'), bytes: mebibytes * MiB, open: opened });
  dropGarbage(mebibytes * MiB);
  const wrong = await differenceIn(await target.get('archive'), await digester.digests());
  if (wrong !== undefined) throw new Error(wrong);
  dropGarbage(mebibytes * MiB);
}

async function* hashed(file: string, digester: ArchiveDigester): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file, { highWaterMark: MiB }) as AsyncIterable<Buffer>) {
    await digester.update(chunk);
    yield chunk;
  }
}

/**
 * Both begin in the same state: what one has left to the disk in memory is written before the other's time begins, and the
 * kernel's memory is full of files, as it is on a server that has run for a day. This virtual machine gives memory that is
 * free back to its host, and getting it again takes more than a second for each GiB, for whoever comes first. With
 * `BENCH_COLD` the memory is free.
 */
async function settle(folder: string): Promise<void> {
  await promisify(execFile)('sync');
  if (process.env['BENCH_COLD'] !== undefined) return await sleep(6000);
  await using zeros = await open(join(folder, 'zeros'), 'a+');
  await zeros.truncate(manyBytes);
  const block = Buffer.alloc(MiB);
  // First all memory, then what may have become free since.
  for (const end = zerosRead + (zerosRead === 0 ? totalmem() : 3 * mebibytes * MiB); zerosRead < end; zerosRead += MiB)
    await zeros.read(block, 0, MiB, zerosRead);
}

/** The size of a file that takes no room on the disk, and all memory when it is read. */
const manyBytes = 2 ** 42;
let zerosRead = 0;

async function copyAndCheck(files: string, remote: string): Promise<void> {
  await withRclone('copy', files, remote);
  await withRclone('check', '--download', files, remote);
}

async function withRclone(...args: string[]): Promise<void> {
  await promisify(execFile)(rclone, ['--config', '', '--ca-cert', testTls.ca, ...args]);
}

/** Bytes that no layer can make fewer. */
function* randomBlocks(): Generator<Buffer> {
  for (let n = 0; n < mebibytes; n += 1) yield randomBytes(MiB);
}
