import { randomBytes } from 'node:crypto';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { openObs, type ObsOptions } from '../../targets/obs';
import type { HttpProxy, Seen } from '../kit/http-proxy';
import { isList, type ObsGround, openObsGround, when } from './obs-ground';

const MiB = 1024 * 1024;
let ground: ObsGround;
let proxy: HttpProxy;
let bucket: ObsOptions;

beforeAll(async () => {
  ground = await openObsGround();
  ({ proxy, bucket } = ground);
});
afterAll(() => ground?.end());
afterEach(() => (proxy.fault = () => undefined));

const newPlace = () => ground.newPlace();
const failureOf = (operation: Promise<unknown>) => ground.failureOf(operation);

describe('obs when it reads:', () => {
  const content = randomBytes(2 * MiB);
  const isGet = ({ method, path }: Seen) => method === 'GET' && path.includes('/object');
  const placeWithObject = async () => {
    const place = newPlace();
    await place.direct.put('object', bodyOf(content));
    return place;
  };

  it.each([
    ['cut off', { cutAfter: MiB }],
    ['cut off as if that were all', { cutAfter: MiB, quietly: true } as const],
    ['cut off before its first byte', { cutAfter: 0 }],
  ])('a body that is %s is never taken for whole', async (_, fault) => {
    const { target } = await placeWithObject();
    proxy.fault = when(isGet, fault);
    expect(await failureOf(read(target, 'object'))).toMatchObject({ kind: 'unavailable' });
    expect(await failureOf(read(target, 'object', { start: 10, end: 2 * MiB - 1 }))).toMatchObject({
      kind: 'unavailable',
    });
  });

  it('a body that stalls is given up, however much of it came', async () => {
    const { path } = await placeWithObject();
    const target = openObs({ ...bucket, path, endpoint: `http://127.0.0.1:${proxy.port}`, idleWithin: 300 });
    for (const stallAfter of [1, MiB, content.length - 1]) {
      proxy.fault = when(isGet, { stallAfter });
      expect(await failureOf(read(target, 'object'))).toMatchObject({ kind: 'unavailable' });
    }
  });

  it('a store that ignores the range, or gives another one, is found out', async () => {
    const { target } = await placeWithObject();
    const whole = { status: 200, body: content };
    const other = { status: 206, headers: { 'content-range': 'bytes 0-9/2097152' }, body: content.subarray(0, 10) };
    for (const answer of [whole, other]) {
      proxy.fault = when(isGet, { answer });
      expect(await failureOf(read(target, 'object', { start: 1, end: 10 }))).toMatchObject({ kind: 'unavailable' });
    }
  });

  it('a list with doubles, strangers and names that lead elsewhere tells each object once', async () => {
    const { target, direct, path } = newPlace();
    for (const name of ['a', 'b']) await direct.put(name, bodyOf(name));
    const entry = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
    const hostile = ['a', '../x', 'a/../../b', '/x', 'c//d', 'e/', '.', 'f\\g'].map((name) => entry(`${path}/${name}`));
    const added = `${entry('elsewhere/a')}${hostile.join('')}</ListBucketResult>`;
    proxy.fault = when(isList, {
      rewrite: ({ status, body }) => ({ status, body: String(body).replace('</ListBucketResult>', added) }),
    });
    expect(await namesBelow(target, '')).toEqual(['a', 'b']);
  });

  it('a list that goes on for ever, or does not say where, is broken off', async () => {
    const { target, direct } = newPlace();
    await direct.put('a', bodyOf('a'));
    for (const token of ['', '<NextContinuationToken>again</NextContinuationToken>']) {
      proxy.fault = when(isList, {
        rewrite: ({ status, body }) => ({
          status,
          body: String(body).replace(/<IsTruncated>false<\/IsTruncated>/, `<IsTruncated>true</IsTruncated>${token}`),
        }),
      });
      expect(await failureOf(namesBelow(target, ''))).toMatchObject({ kind: 'unavailable' });
    }
  });
});
