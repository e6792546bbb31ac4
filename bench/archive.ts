import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { noControl } from '../model/control';
import { bytesText } from '../model/text';
import { packArchive } from '../sets/archive';
import { differenceIn } from '../sets/digests';
import { syntheticImage } from '../test/fakes/name-node-data';
import { machine, median, printFigure, seconds } from './machine';

/**
 * One file of 1 GiB like an fsimage: cairn archives, hashes and reads back, against `tar` with `pigz -p 2` and
 * `sha256sum` of the archive. Interleaved, each on its own fresh output. Run: npm run bench -- archive
 */
const GiB = 1024 ** 3;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

export async function benchArchive(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  try {
    await compare(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(folder: string): Promise<void> {
  const files = join(folder, 'files');
  await mkdir(files);
  await pipeline(Readable.from(syntheticImage(GiB).chunks()), createWriteStream(join(files, 'fsimage')));
  const [ours, theirs] = [join(folder, 'ours.tar.gz'), join(folder, 'theirs.tar.gz')];
  const [own, peer]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round += 1) {
    const [a, b] = [await seconds(() => archive(files, ours)), await seconds(() => tarWithPigz(files, theirs))];
    if (round >= 0) [own, peer].forEach((list, place) => list.push([a, b][place]!));
  }
  const ratios = own.map((time, round) => peer[round]! / time);
  const sizes = [(await stat(ours)).size, (await stat(theirs)).size].map(bytesText);
  process.stdout.write(
    `${machine([
      ['tar', '--version'],
      ['pigz', '--version'],
      ['sha256sum', '--version'],
    ])}\n`,
  );
  process.stdout.write(
    `cairn ${median(own).toFixed(2)} s (${sizes[0]}), tar + pigz -p 2 + sha256sum ${median(peer).toFixed(2)} s (${sizes[1]}), ${rounds} rounds\n`,
  );
  printFigure('archive, hash and read back 1 GiB', `${median(ratios).toFixed(2)} × as fast`, '≥ 1.2 ×');
}

async function archive(files: string, outFile: string): Promise<void> {
  const packed = await packArchive(files, outFile, noControl());
  const wrong = await differenceIn(createReadStream(outFile, { highWaterMark: 1024 * 1024 }), packed.archive);
  if (wrong !== undefined) throw new Error(wrong);
}

async function tarWithPigz(files: string, outFile: string): Promise<void> {
  execFileSync('tar', ['-C', files, '-I', 'pigz -p 2', '-cf', outFile, 'fsimage']);
  execFileSync('sha256sum', [outFile]);
}
