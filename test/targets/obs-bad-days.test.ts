import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { noControl } from '../../model/control';
import { BackupError } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { openObs, type ObsOptions } from '../../targets/obs';
import { makeExpiredTls } from '../kit/expired-tls';
import { type Fault, type HttpProxy, type Seen, startHttpProxy } from '../kit/http-proxy';
import { testTls } from '../kit/test-tls';
import { until } from '../kit/pauses';
import { newBucket, remainsIn } from '../kit/s3';
import type { SeaweedFs } from '../servers/seaweedfs';
import { isList, type ObsGround, openObsGround, refusing, when, xml } from './obs-ground';

const MiB = 1024 * 1024;
let ground: ObsGround;
let weed: SeaweedFs;
let proxy: HttpProxy;
let bucket: ObsOptions;

beforeAll(async () => {
  ground = await openObsGround();
  ({ weed, proxy, bucket } = ground);
});
afterAll(() => ground?.end());
afterEach(() => (proxy.fault = () => undefined));

const newPlace = (more?: Partial<ObsOptions>) => ground.newPlace(more);
const failureOf = (operation: Promise<unknown>) => ground.failureOf(operation);
const isPart = ({ method, path }: Seen) => method === 'PUT' && path.includes('partNumber=');
const isComplete = ({ method, path }: Seen) => method === 'POST' && path.includes('uploadId=');
const isWrite = ({ method }: Seen) => method === 'PUT' || method === 'POST';

describe('obs says what is wrong with a configuration:', () => {
  const wrong = (more: Partial<ObsOptions>) => openObs({ ...bucket, ...more });
  const put = (target: BackupTarget) => target.put('a', bodyOf('x'));
  const namesIn = (target: BackupTarget) => namesBelow(target, '');
  const look = (target: BackupTarget) => target.stat('a');

  it('another secret key, and an unknown access key, are denied', async () => {
    for (const more of [{ secretKey: async () => `${ground.canary}x` }, { accessKeyId: 'nobody' }])
      for (const ask of [put, namesIn, look])
        expect(await failureOf(ask(wrong(more)))).toMatchObject({ kind: 'denied' });
  });

  it('a bucket that is not there is a precondition, for writing and for listing', async () => {
    const target = wrong({ bucket: 'is-not-there' });
    for (const ask of [put, namesIn]) {
      const error = await failureOf(ask(target));
      expect(error).toMatchObject({ kind: 'precondition', message: expect.stringContaining('NoSuchBucket') });
    }
  });

  it('a store that nobody serves is unavailable', async () => {
    const error = await failureOf(wrong({ endpoint: 'http://127.0.0.1:1' }).put('a', bodyOf('x')));
    expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('a secret that cannot be read is told as it is', async () => {
    const secretKey = async () => Promise.reject(new BackupError('missing', 'no such secret', { hint: 'name one' }));
    expect(await failureOf(wrong({ secretKey }).put('a', bodyOf('x')))).toMatchObject({ kind: 'missing' });
  });

  it('an answer that is of no bucket is told, not taken for an empty one', async () => {
    const { target } = newPlace();
    const body = '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>';
    proxy.fault = when(isList, { answer: { status: 200, body } });
    const error = await failureOf(namesBelow(target, ''));
    expect(error).toMatchObject({ kind: 'precondition', message: expect.stringContaining('addressing') });
  });
});

describe('obs over TLS:', () => {
  let secure: HttpProxy;
  beforeAll(async () => (secure = await startHttpProxy(weed.port, testTls)));
  afterAll(() => secure.close());
  const over = (host: string, more: Partial<ObsOptions> = {}) =>
    openObs({ ...bucket, endpoint: `https://${host}:${secure.port}`, path: 'tls', ...more });
  const own = { authority: async () => readFileSync(testTls.ca, 'utf8') };

  it('a certificate of an authority that the target names is believed', async () => {
    await over('127.0.0.1', own).put('a', bodyOf('x'));
    expect(String(await read(over('localhost', own), 'a'))).toBe('x');
  });

  it('the store is told not to hash what came, and is told the hash over plain HTTP', async () => {
    const bytes = randomBytes(9 * MiB);
    const hash = createHash('sha256')
      .update(bytes.subarray(0, 8 * MiB))
      .digest('hex');
    const { target } = newPlace();
    const told = async (target: BackupTarget, { seen }: HttpProxy) => {
      seen.length = 0;
      await target.put('large', bodyOf(bytes));
      return seen.find(({ path }) => path.includes('partNumber=1&'))?.headers['x-amz-content-sha256'];
    };
    expect(await told(target, proxy)).toBe(hash);
    expect(await told(over('127.0.0.1', own), secure)).toBe('UNSIGNED-PAYLOAD');
  });

  it('a foreign one is denied before anything is asked', async () => {
    secure.seen.length = 0;
    const error = await failureOf(over('127.0.0.1').put('a', bodyOf('x')));
    expect(error).toMatchObject({ kind: 'denied', message: expect.stringContaining('authorities') });
    expect(secure.seen).toEqual([]);
  });

  it('one that has expired is denied, also where its authority is believed', async () => {
    const old = makeExpiredTls();
    const expired = await startHttpProxy(weed.port, old);
    try {
      const endpoint = `https://127.0.0.1:${expired.port}`;
      const error = await failureOf(
        over('127.0.0.1', { endpoint, authority: async () => String(old.cert) }).put('a', bodyOf('x')),
      );
      expect(error).toMatchObject({
        kind: 'denied',
        message: expect.stringMatching(/CERT_HAS_EXPIRED|certificate has expired/),
      });
      expect(expired.seen).toEqual([]);
    } finally {
      await expired.close();
    }
  });
});

describe('obs when the store refuses:', () => {
  const cases: readonly [what: string, fault: Fault, expected: object][] = [
    [
      '503 SlowDown',
      refusing(503, 'SlowDown', { 'retry-after': '7' }),
      { kind: 'unavailable', context: { retryAfterMs: 7000 } },
    ],
    ['429', refusing(429, 'TooManyRequests'), { kind: 'unavailable' }],
    ['500', refusing(500, 'InternalError'), { kind: 'unavailable' }],
    [
      '502 of something between, with a page',
      { answer: { status: 502, body: '<html>bad gateway' } },
      { kind: 'unavailable' },
    ],
    ['403', refusing(403, 'AccessDenied'), { kind: 'denied' }],
    ['no room', refusing(507, 'InsufficientStorage'), { kind: 'full' }],
    ['a quota', refusing(403, 'QuotaExceeded'), { kind: 'full' }],
    ['a connection that is reset', { reset: 'before' }, { kind: 'unavailable' }],
    ['a connection that is reset after it was done', { reset: 'after' }, { kind: 'unavailable' }],
    ['an answer that is cut off', { cutAfter: 20 }, { kind: 'unavailable' }],
    ['bytes that were altered', refusing(400, 'XAmzContentSHA256Mismatch'), { kind: 'unavailable' }],
  ];

  it.each(cases)('%s: a clear error while a part is sent, and no object', async (_, fault, expected) => {
    const { target, direct } = newPlace();
    await direct.put('a', bodyOf('old'));
    proxy.fault = when(isPart, fault);
    expect(await failureOf(target.put('a', bodyOf('new')))).toMatchObject(withContext(expected));
    proxy.fault = () => undefined;
    expect(String(await read(direct, 'a'))).toBe('old');
  });

  it('a store that is full at any of 40 writes: what it took stands, the put ends as full, no upload is left', async () => {
    for (let last = 1; last <= 40; last += 1) {
      const { path, target, direct } = newPlace();
      const stored: string[] = [];
      const isRefused = () => proxy.seen.filter(isWrite).length >= last;
      proxy.fault = (seen) => (isWrite(seen) && isRefused() ? refusing(507, 'InsufficientStorage') : undefined);
      const error = await failureOf(
        (async () => {
          for (let count = 0; ; count += 1) {
            await target.put(`object-${count}`, bodyOf(Buffer.alloc(count === 2 ? 9 * MiB : 1)));
            stored.push(`object-${count}`);
          }
        })(),
      );
      expect([last, error.kind]).toEqual([last, 'full']);
      expect(await namesBelow(direct, '')).toEqual(stored.sort());
      expect(await remainsIn(weed, { ...bucket, path })).toEqual([]);
    }
  });

  it('a real store whose bucket is over its quota: no object, the old one stays, and it goes on when there is room', async () => {
    const own = await newBucket(weed);
    const target = openObs(own);
    await target.put('a', bodyOf(Buffer.alloc(3 * MiB)));
    await weed.shell(`s3.bucket.quota -name=${own.bucket} -op=set -sizeMB=1`);
    // The store counts now and then, and closes a bucket when it is told to look.
    await until(async () => /to read only/.test(await weed.shell('s3.bucket.quota.enforce -apply')));
    const error = await until(
      async () =>
        await target.put('b', bodyOf('x')).then(
          () => undefined,
          (cause) => cause,
        ),
    );
    expect(error).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/could not store b: .*HINT: .*quota/),
    });
    expect(await namesBelow(target, '')).toEqual(['a']);
    await weed.shell(`s3.bucket.quota -name=${own.bucket} -op=disable`, 's3.bucket.quota.enforce -apply');
    await until(
      async () =>
        await target.put('b', bodyOf('there is room')).then(
          () => true,
          () => undefined,
        ),
    );
    expect(String(await read(target, 'b'))).toBe('there is room');
  });

  it.each(cases)('%s: no list that looks whole', async (_, fault, expected) => {
    const { target, direct } = newPlace();
    await direct.put('a', bodyOf('old'));
    proxy.fault = when(isList, fault);
    expect(await failureOf(namesBelow(target, ''))).toMatchObject(withContext(expected));
  });

  const withContext = (expected: object) =>
    'context' in expected ? { ...expected, context: expect.objectContaining(expected.context as object) } : expected;

  it('a completion that is refused inside an answer of 200 is an error, and nothing is stored', async () => {
    const { target, direct } = newPlace();
    proxy.fault = when(isComplete, { answer: { status: 200, body: xml('InternalError') } });
    expect(await failureOf(target.put('a', bodyOf('x')))).toMatchObject({ kind: 'unavailable' });
    expect(await direct.stat('a')).toBeUndefined();
  });

  it('a completion that is answered with nothing is no success', async () => {
    const { target } = newPlace();
    proxy.fault = when(isComplete, { answer: { status: 200, body: '' } });
    expect(await failureOf(target.put('a', bodyOf('x')))).toMatchObject({ kind: 'unavailable' });
  });

  it('a stall is given up, in both directions', async () => {
    const { target, direct } = newPlace({ idleWithin: 300 });
    await direct.put('a', bodyOf('old'));
    for (const stalled of [isPart, isComplete, isList]) {
      proxy.fault = when(stalled, { stall: true });
      const doing = stalled === isList ? namesBelow(target, '') : target.put('a', bodyOf('new'));
      expect(await failureOf(doing)).toMatchObject({ kind: 'unavailable' });
    }
  });

  it('a put is stopped at once while the store stalls', async () => {
    const { target } = newPlace();
    const stop = new AbortController();
    proxy.fault = (seen) => {
      if (!isPart(seen)) return undefined;
      setTimeout(() => stop.abort(), 20);
      return { stall: true };
    };
    const putting = target.put('a', bodyOf('x'), { ...noControl(), signal: stop.signal });
    await expect(putting).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('obs names the bucket', () => {
  it('in front of the host, where it is asked to', async () => {
    const dns: typeof import('node:dns') = jest.requireActual('node:dns');
    const lookup = dns.lookup as unknown as (name: string, ...rest: unknown[]) => void;
    const asked: string[] = [];
    const spy = jest.spyOn(dns, 'lookup').mockImplementation((name: string, ...rest: unknown[]) => {
      asked.push(name);
      lookup('127.0.0.1', ...rest);
    });
    const { target, direct } = newPlace({ endpoint: `http://s3.localhost:${proxy.port}`, addressing: 'virtualHost' });
    await target.put('a', bodyOf('by its host')).finally(() => spy.mockRestore());
    expect(new Set(asked)).toEqual(new Set([`${bucket.bucket}.s3.localhost`]));
    expect(
      proxy.seen.every(
        ({ headers, path }) => headers.host!.startsWith(`${bucket.bucket}.`) && !path.includes(bucket.bucket),
      ),
    ).toBe(true);
    expect(String(await read(direct, 'a'))).toBe('by its host');
  });
});
