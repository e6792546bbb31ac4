import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Body } from '../../model/target';
import { namesBelow, read } from '../../targets/conformance/tools';
import { openObs, type ObsOptions } from '../../targets/obs';
import { type HttpProxy, startHttpProxy } from '../kit/http-proxy';
import { everythingIn, newBucket, remainsIn } from '../kit/s3';
import { type SeaweedFs, startSeaweedFs } from '../servers/seaweedfs';
import { type Child, startChild } from './child';
import { untilClean } from './until-clean';

const MiB = 1024 * 1024;
let weed: SeaweedFs;
let proxy: HttpProxy;
let bucket: ObsOptions;

beforeAll(async () => {
  weed = await startSeaweedFs();
  proxy = await startHttpProxy(weed.port);
  bucket = await newBucket(weed);
});
afterAll(async () => {
  await proxy?.close();
  await weed?.end();
});

const at = (path: string) => ({ ...bucket, path });

/** The same target in a process of its own; a body of `MiBs` MiB, each of which begins with its number. */
const opening = (path: string) => {
  const { secretKey: _, ...options } = at(path);
  return `
  const { openObs } = require('./targets/obs.ts');
  const target = openObs({ ...${JSON.stringify(options)}, secretKey: async () => ${JSON.stringify(weed.secretKey)} });
  ${numbered.toString()}
`;
};

function* numbered(from: number, to: number): Generator<Buffer> {
  for (let n = from; n < to; n += 1) {
    const block = Buffer.alloc(1024 * 1024, n % 251);
    block.writeUInt32LE(n);
    yield block;
  }
}

/** Puts `a/object` and says how many MiB were read of it, until it is killed. */
const putSlowly = (path: string, all: number, held: number) => `${opening(path)}
  async function* chunks() {
    yield* numbered(0, ${held});
    await new Promise((resolve) => setTimeout(resolve, 1e6));
  }
  const report = ({ bytes }) => bytes % ${8 * MiB} === 0 && console.log(bytes / ${MiB});
  const control = { signal: new AbortController().signal, resume: undefined, report };
  const body = { id: 'the-body', bytes: ${all * MiB}, open: async () => Readable.from(chunks(), { objectMode: false }) };
  target.put('a/object', body, control).catch((error) => console.log('failed', error));
  setInterval(() => undefined, 1000);
`;

/** Replaces `a/object` again and again by 9 MiB of one letter, which are two parts. */
const replaceOn = (path: string) => `${opening(path)}
  const bodyOf = (letter) => ({ open: async () => Readable.from(Array(9).fill(Buffer.alloc(${MiB}, letter))) });
  (async () => {
    for (let n = 0; ; n++) {
      await target.put('a/object', bodyOf('ab'[n % 2]));
      if (n === 0) console.log('stored once');
    }
  })();
`;

async function kill({ process, output }: Child): Promise<void> {
  process.kill('SIGKILL');
  await output;
}

/** Once the child has said this. */
async function said({ process, output }: Child, what: RegExp): Promise<void> {
  const ended = output.then((text) => Promise.reject(new Error(`the child ended: ${text}`)));
  ended.catch(() => undefined);
  for (let text = ''; !what.test(text);) {
    const [data] = (await Promise.race([once(process.stdout!, 'data'), ended])) as [Buffer];
    text += String(data);
  }
}

const bodyOf = (all: number, opened: number[] = []): Body => ({
  id: 'the-body',
  bytes: all * MiB,
  open: async (from) => {
    opened.push(from);
    return Readable.from(numbered(from / MiB, all), { objectMode: false });
  },
});

async function digestOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

describe('obs after a kill in the middle of a put', () => {
  it('sends at most 64 MiB again of 1024', async () => {
    const [all, held] = [1024, 700];
    const child = startChild(putSlowly('large', all, held));
    await said(child, /(^|\n)696\n/);
    await kill(child);
    expect(await namesBelow(openObs(at('large')), '')).toEqual([]);
    const opened: number[] = [];
    const target = openObs({ ...at('large'), endpoint: `http://127.0.0.1:${proxy.port}` });
    expect(await target.put('a/object', bodyOf(all, opened))).toEqual({ name: 'a/object', bytes: all * MiB });
    const sent = proxy.seen
      .filter(({ path }) => path.includes('partNumber='))
      .reduce((sum, { bytes }) => sum + bytes, 0);
    expect(sent).toBeLessThanOrEqual((all - held + 64) * MiB);
    expect(opened).toHaveLength(1);
    expect(opened[0]).toBeGreaterThanOrEqual((held - 64) * MiB);
    expect(await digestOf(await target.get('a/object'))).toBe(await digestOf(Readable.from(numbered(0, all))));
    expect(await everythingIn(weed, at('large'))).toEqual(['large/a/object']);
    expect(await remainsIn(weed, at('large'))).toEqual([]);
  });

  it('lists nothing, and clean takes the remains away', async () => {
    const child = startChild(putSlowly('clean', 32, 24));
    await said(child, /(^|\n)24\n/);
    while ((await remainsIn(weed, at('clean'))).length === 0) await sleep(20);
    await kill(child);
    const target = openObs(at('clean'));
    expect(await namesBelow(target, '')).toEqual([]);
    expect(await target.stat('a/object')).toBeUndefined();
    await target.clean?.('another');
    expect(await remainsIn(weed, at('clean'))).toHaveLength(1);
    await target.clean?.('a');
    expect(await remainsIn(weed, at('clean'))).toEqual([]);
    expect(await everythingIn(weed, at('clean'))).toEqual([]);
  });

  it('has the old object or the new one, whole, whenever the kill came', async () => {
    const target = openObs(at('replace'));
    for (let milliseconds = 0; milliseconds < 200; milliseconds += 45) {
      const child = startChild(replaceOn('replace'));
      await said(child, /stored once/);
      await sleep(milliseconds);
      await kill(child);
      const content = await read(target, 'a/object');
      expect(content.length).toBe(9 * MiB);
      expect(content.equals(Buffer.alloc(9 * MiB, content[0]))).toBe(true);
      expect(await namesBelow(target, '')).toEqual(['a/object']);
    }
    await untilClean(target, async () => (await remainsIn(weed, at('replace'))).length === 0);
  });
});
