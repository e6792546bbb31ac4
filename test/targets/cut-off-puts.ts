import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { BackupTarget } from '../../model/target';
import { longBody, MiB } from './long-body';
import { startChild } from './child';

export interface CutOffPut {
  /** Where it went on from. */
  readonly from: number;
  /** So many bytes of the body the target had taken, at least. */
  readonly taken: number;
}

/**
 * Puts a long body of so many MiB in a process of its own, and kills that once the target has taken `until` bytes. Of the
 * body not much more comes, so that no kill is too late.
 * `opening` is JavaScript that makes `target`.
 */
export async function putUntilKilled(opening: string, name: string, size: number, until: number): Promise<CutOffPut> {
  const child = startChild(`${opening}
    const { longBody } = require('./test/targets/long-body.ts');
    const { body, asked } = longBody('long', ${size}, ${Math.min(until + 16 * MiB, (size - 1) * MiB)});
    let told = 0;
    const report = ({ bytes }) => {
      if (bytes < told) return;
      console.log(asked[0] + ' ' + bytes);
      told = bytes + ${MiB};
    };
    const control = { signal: new AbortController().signal, resume: undefined, report };
    const put = target.put('${name}', body, control);
    put.then(() => console.log('stored'), (error) => console.log(error)).finally(() => process.exit());
    setInterval(() => undefined, 1000);
  `);
  const put = { from: 0, taken: 0 };
  let said = '';
  child.process.stdout?.on('data', (text: Buffer) => {
    said += text.toString();
    const [from, taken] = said.trimEnd().split('\n').at(-1)!.split(' ').map(Number) as [number, number];
    if (Number.isSafeInteger(taken)) Object.assign(put, { from, taken });
    if (taken >= until) child.process.kill('SIGKILL');
  });
  const output = await child.output;
  if (child.process.signalCode !== 'SIGKILL') throw new Error(`the child ended by itself: ${output}`);
  return put;
}

/** Kills puts of one body at these bytes, one after the other; the last put ends. Answers how many bytes each sent again. */
export async function putThroughKills(
  target: BackupTarget,
  opening: string,
  name: string,
  size: number,
  kills: readonly number[],
): Promise<number[]> {
  const puts: CutOffPut[] = [];
  for (const until of kills) puts.push(await putUntilKilled(opening, name, size, until));
  const last = longBody('long', size);
  await target.put(name, last.body);
  const begins = [...puts.slice(1).map(({ from }) => from), last.asked[0]!];
  process.stdout.write(`${name}: ${puts.map(({ from, taken }) => `${from}-${taken}`).join(', ')}, ${begins.at(-1)}-\n`);
  return begins.map((from, n) => puts[n]!.taken - from);
}

/** Fails unless the object holds the long body, byte by byte. */
export async function expectLongBody(target: BackupTarget, name: string, size: number): Promise<void> {
  const [found, expected] = [await target.get(name), await longBody('long', size).body.open(0)];
  expect(await digestOf(found)).toBe(await digestOf(expected));
}

async function digestOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
