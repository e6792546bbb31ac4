import { handedOver, noControl } from '../../model/control';
import type { Body } from '../../model/target';
import { bodyOf, heldBody, namesBelow, read } from '../../targets/conformance/tools';
import { openObs, type ObsOptions } from '../../targets/obs';
import { planOf } from '../../targets/obs-parts';
import { describeTarget } from '../conformance/target';
import { type HttpProxy, type Seen, startHttpProxy } from '../kit/http-proxy';
import { everythingIn, newBucket, remainsIn, secured, versionsIn } from '../kit/s3';
import { type SeaweedFs, startSeaweedFs } from '../servers/seaweedfs';

let weed: SeaweedFs;
let shared: ObsOptions;
let proxy: HttpProxy;

beforeAll(async () => {
  weed = await startSeaweedFs();
  shared = await newBucket(weed);
  proxy = await startHttpProxy(weed.port);
});
afterEach(() => (proxy.fault = () => undefined));
afterAll(async () => {
  await proxy?.close();
  await weed?.end();
});

describeTarget('obs', async () => openObs(shared), ['freeBytes', 'snapshots']);
describeTarget('obs over TLS', async () => openObs(secured(weed, shared)), ['freeBytes', 'snapshots']);

const MiB = 1024 * 1024;
const kind = (expected: string) => expect.objectContaining({ kind: expected });

let count = 0;
function newPlace() {
  const options = { ...shared, path: `new/${(count += 1)}` };
  proxy.seen.length = 0;
  return {
    options,
    target: openObs({ ...options, endpoint: `http://127.0.0.1:${proxy.port}` }),
    keys: () => everythingIn(weed, options),
    uploads: () => remainsIn(weed, options),
  };
}

/** Three parts of one letter. */
const large = (letter: string, id?: string): Body => ({
  ...bodyOf(Buffer.alloc(20 * MiB, letter)),
  ...(id !== undefined && { id }),
});
const isPart = ({ path }: Seen) => path.includes('partNumber=');
const partsSent = () => proxy.seen.filter(isPart).map(({ path }) => /partNumber=(\d+)/.exec(path)![1]);

/** From the second part on the store does not answer well. */
const secondPartFails = (seen: Seen) =>
  isPart(seen) && !seen.path.includes('partNumber=1&')
    ? { answer: { status: 503, body: '<Error><Code>SlowDown</Code></Error>' } }
    : undefined;

async function cutOff(target: ReturnType<typeof openObs>, body: Body): Promise<void> {
  proxy.fault = secondPartFails;
  await expect(target.put('a/object', body)).rejects.toEqual(kind('unavailable'));
  proxy.fault = () => undefined;
  proxy.seen.length = 0;
}

describe('obs goes on from what a cut-off put left:', () => {
  it('the same body sends only the parts that are missing, and leaves nothing beside the object', async () => {
    const { target, keys, uploads } = newPlace();
    await cutOff(target, large('x', 'one'));
    expect(await uploads()).toHaveLength(1);
    expect(await namesBelow(target, '')).toEqual([]);
    await target.put('a/object', large('x', 'one'));
    expect(partsSent().sort()).toEqual(['2', '3']);
    expect((await read(target, 'a/object')).equals(Buffer.alloc(20 * MiB, 'x'))).toBe(true);
    expect(await uploads()).toEqual([]);
    expect(await keys()).toEqual([expect.stringMatching(/a\/object$/)]);
  });

  it.each([
    ['another id', 'two'],
    ['none', undefined],
  ])('a body with %s begins anew, and the remains go', async (_, id) => {
    const { target, keys, uploads } = newPlace();
    await cutOff(target, large('x', 'one'));
    await target.put('a/object', large('y', id));
    expect(partsSent().sort()).toEqual(['1', '2', '3']);
    expect((await read(target, 'a/object')).equals(Buffer.alloc(20 * MiB, 'y'))).toBe(true);
    expect(await uploads()).toEqual([]);
    expect(await keys()).toHaveLength(1);
  });

  it('remains of other names are left alone, also of longer ones', async () => {
    const { target, uploads } = newPlace();
    await cutOff(target, large('x', 'one'));
    await target.put('a/obj', large('y', 'two'));
    await target.put('a/object/b', bodyOf('x')).catch(() => undefined);
    expect(await uploads()).toHaveLength(1);
  });

  it('an upload that was aborted by somebody is begun anew', async () => {
    const { target } = newPlace();
    await cutOff(target, large('x', 'one'));
    const isNote = ({ method, path }: Seen) => method === 'GET' && path.includes('/.cairn-part-');
    proxy.fault = (seen) => (isNote(seen) ? { answer: { status: 200, body: 'another-upload' } } : undefined);
    await target.put('a/object', large('x', 'one'));
    expect(partsSent().sort()).toEqual(['1', '2', '3']);
  });

  it('an object whose completion was never answered is not sent again', async () => {
    const { target } = newPlace();
    proxy.fault = ({ method, path }) =>
      method === 'POST' && path.includes('uploadId=') ? { reset: 'after' } : undefined;
    await expect(target.put('a/object', large('x', 'one'))).rejects.toEqual(kind('unavailable'));
    proxy.fault = () => undefined;
    proxy.seen.length = 0;
    const reported: unknown[] = [];
    const control = { ...noControl(), report: (progress: unknown) => void reported.push(progress) };
    expect(await target.put('a/object', large('x', 'one'), control)).toEqual({ name: 'a/object', bytes: 20 * MiB });
    expect(partsSent()).toEqual([]);
    expect(reported).toEqual([{ bytes: 20 * MiB, totalBytes: 20 * MiB }]);
  });

  it('a put that is handed over leaves its parts, one that is stopped leaves nothing', async () => {
    const { target, keys, uploads } = newPlace();
    const stopped = async (reason: string) => {
      const stop = new AbortController();
      const { body, flowing } = heldBody(Buffer.alloc(12 * MiB), Buffer.alloc(8 * MiB));
      const putting = target.put('a/object', { ...body, id: 'one' }, { ...noControl(), signal: stop.signal });
      putting.catch(() => undefined);
      await flowing;
      while ((await uploads()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      stop.abort(reason);
      await expect(putting).rejects.toEqual(kind('cancelled'));
    };
    await stopped(handedOver);
    expect(await uploads()).toHaveLength(1);
    await stopped('a person stopped it');
    expect(await uploads()).toEqual([]);
    expect(await keys()).toEqual([]);
  });
});

describe('obs, of two puts of one name:', () => {
  it('the newest wins, and the older one ends with a conflict, whatever it is', async () => {
    const { target, uploads } = newPlace();
    for (const bytes of [MiB, 20 * MiB]) {
      const older = heldBody(Buffer.alloc(bytes / 2, 'o'), Buffer.alloc(bytes / 2, 'o'));
      const olderPut = target.put('a/object', { ...older.body, id: `older-${bytes}` });
      await older.flowing;
      while ((await uploads()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await target.put('a/object', { ...bodyOf(Buffer.alloc(bytes, 'n')), id: `newer-${bytes}` });
      older.finish();
      await expect(olderPut).rejects.toEqual(kind('conflict'));
      expect((await read(target, 'a/object')).equals(Buffer.alloc(bytes, 'n'))).toBe(true);
      expect(await uploads()).toEqual([]);
    }
  });

  it('two attempts for the same body both end well, or one with a conflict; the object is whole', async () => {
    const { target, uploads } = newPlace();
    const puts = await Promise.allSettled([1, 2].map(() => target.put('a/object', large('x', 'one'))));
    expect(puts.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const put of puts)
      expect(put.status === 'fulfilled' ? kind('conflict') : put.reason).toEqual(kind('conflict'));
    expect((await read(target, 'a/object')).equals(Buffer.alloc(20 * MiB, 'x'))).toBe(true);
    await target.clean?.('');
    expect(await uploads()).toEqual([]);
  });
});

describe('obs cuts a body into parts', () => {
  it('of 8 MiB, or so large that no more than 10,000 are needed', () => {
    expect(planOf('x', 0)).toEqual({ partBytes: 8 * MiB, bytes: 0, parts: 1 });
    expect(planOf('x', 8 * MiB + 1)).toMatchObject({ partBytes: 8 * MiB, parts: 2 });
    for (const bytes of [20e9, 600e9, 5e12]) {
      const { partBytes, parts = 0 } = planOf('x', bytes);
      expect(parts).toBeLessThanOrEqual(10_000);
      expect(partBytes * parts).toBeGreaterThanOrEqual(bytes);
      expect(partBytes * (parts - 1)).toBeLessThan(bytes);
    }
    expect(() => planOf('x', -1)).toThrow('cannot have');
  });
});

describe('obs with object lock', () => {
  const seconds = 1 / (24 * 3600);

  it('keeps what was locked, says until when, and removes it for good afterwards', async () => {
    const options = {
      ...(await newBucket(weed, { objectLock: true })),
      objectLock: { mode: 'compliance', days: 8 * seconds },
    } as const;
    const target = openObs(options);
    for (const text of ['first', 'second']) await target.put('a/object', bodyOf(text));
    await target.lock?.(['a/object']);
    await target.lock?.(['a/object']);
    const error: unknown = await target.remove('a/object').catch((thrown: unknown) => thrown);
    expect(error).toEqual(kind('precondition'));
    expect(error).toMatchObject({ context: { lockedUntil: expect.stringMatching(/^20.*Z$/) } });
    expect(String(await read(target, 'a/object'))).toBe('second');
    await expect(until(() => target.remove('a/object'))).resolves.toBeUndefined();
    expect(await target.stat('a/object')).toBeUndefined();
    expect(await versionsIn(weed, options)).toEqual([]);
    await target.remove('a/object');
  });

  it('says it where the bucket was not made for it, and locks nothing where it is not asked to', async () => {
    const target = openObs({ ...shared, path: 'unlocked', objectLock: { mode: 'governance', days: 1 } });
    await target.put('a', bodyOf('x'));
    const error: unknown = await target.lock?.(['a']).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/could not lock a: .*HINT: /);
    expect(openObs(shared).lock).toBeUndefined();
  });
});

async function until(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const error: unknown = await work().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) return;
    if (tries === 200) throw error;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
