import { isKind } from '../../model/errors';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { describeTarget } from '../conformance/target';
import { createChaosTarget, type Fault } from './chaos-target';
import { createMemoryTarget, type Objects } from './memory-target';

const shared: Objects = new Map();
describeTarget('chaos without a plan', async () => createChaosTarget(createMemoryTarget(shared), []), [
  'remains',
  'freeBytes',
  'snapshots',
]);

const content = 'abcdefghij'.repeat(20_000);

async function withFault(fault: Fault) {
  const inner = createMemoryTarget();
  await inner.put('old', bodyOf(content));
  await inner.put('empty', bodyOf(''));
  return { inner, chaos: createChaosTarget(inner, [fault]) };
}

/** How many bytes of the content are not as they were stored. */
function differences(seen: Buffer): number {
  return [...seen].filter((byte, place) => byte !== content.charCodeAt(place)).length;
}

describe('chaos fails as planned:', () => {
  it.each(['put', 'get', 'stat', 'remove'] as const)('the second call of %s, and no other', async (on) => {
    const { chaos } = await withFault({ on, call: 2, does: 'fail' });
    const call = (): Promise<unknown> => (on === 'put' ? chaos.put('x', bodyOf('x')) : chaos[on]('empty'));
    await call();
    await expect(call()).rejects.toMatchObject({ kind: 'unavailable' });
    await call();
    expect(chaos.calls[on]).toBe(3);
  });

  it('with the error that the plan names', async () => {
    const { chaos } = await withFault({ on: 'stat', call: 1, does: 'fail', error: new Error('as named') });
    await expect(chaos.stat('old')).rejects.toThrow('as named');
  });

  it('after a put or a removal was done, as when the answer is lost', async () => {
    const put = await withFault({ on: 'put', call: 1, does: 'failAfterwards' });
    await expect(put.chaos.put('new', bodyOf('x'))).rejects.toThrow('chaos');
    expect(await put.inner.stat('new')).toEqual({ name: 'new', bytes: 1 });
    const removal = await withFault({ on: 'remove', call: 1, does: 'failAfterwards' });
    await expect(removal.chaos.remove('old')).rejects.toThrow('chaos');
    expect(await removal.inner.stat('old')).toBeUndefined();
  });

  it('half way through a body, so that nothing is stored', async () => {
    const { chaos, inner } = await withFault({ on: 'put', call: 1, does: 'breakBody' });
    await expect(chaos.put('new', bodyOf(content))).rejects.toThrow('chaos');
    expect(await inner.stat('new')).toBeUndefined();
  });

  it('by a body that stalls until it is stopped', async () => {
    const { chaos } = await withFault({ on: 'put', call: 1, does: 'stall' });
    const stop = new AbortController();
    const control = { signal: stop.signal, resume: undefined, report: () => stop.abort() };
    const outcome = await chaos.put('new', bodyOf(content), control).catch((error: unknown) => error);
    expect(isKind(outcome, 'cancelled')).toBe(true);
  });

  it('by storing one other byte without a word', async () => {
    const { chaos, inner } = await withFault({ on: 'put', call: 1, does: 'flipByte' });
    await chaos.put('new', bodyOf(content));
    expect(differences(await read(inner, 'new'))).toBe(1);
  });

  it('by reading one other byte without a word', async () => {
    const { chaos } = await withFault({ on: 'get', call: 1, does: 'flipByte' });
    expect(differences(await read(chaos, 'old'))).toBe(1);
    expect(differences(await read(chaos, 'old'))).toBe(0);
  });

  it('by ending a read half way without a word', async () => {
    const { chaos } = await withFault({ on: 'get', call: 1, does: 'truncate' });
    expect((await read(chaos, 'old')).length).toBe(content.length / 2);
  });

  it('by breaking off a read half way, and of an empty object at once', async () => {
    const { chaos } = await withFault({ on: 'get', call: 1, does: 'break' });
    await expect(read(chaos, 'old')).rejects.toThrow('chaos');
    const { chaos: other } = await withFault({ on: 'get', call: 1, does: 'break' });
    await expect(read(other, 'empty')).rejects.toThrow('chaos');
  });

  it('by breaking off a list after its first object', async () => {
    const { chaos } = await withFault({ on: 'list', call: 1, does: 'break' });
    const seen: string[] = [];
    const list = async () => {
      for await (const { name } of chaos.list('')) seen.push(name);
    };
    await expect(list()).rejects.toThrow('chaos');
    expect(seen).toHaveLength(1);
    expect(await namesBelow(chaos, '')).toHaveLength(2);
  });
});
