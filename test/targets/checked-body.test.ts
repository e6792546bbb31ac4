import { Readable } from 'node:stream';
import { noControl } from '../../model/control';
import { chunksOf, inBlocks } from '../../targets/checked-body';

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const collected: Buffer[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

describe('chunksOf', () => {
  it('is stopped even by a body whose generator never wakes up again', async () => {
    const stop = new AbortController();
    async function* stuck(): AsyncGenerator<Buffer> {
      yield Buffer.from('x');
      await new Promise(() => undefined);
    }
    const body = { open: async () => Readable.from(stuck(), { objectMode: false }) };
    const reading = collect(
      chunksOf('object', body, { ...noControl(), signal: stop.signal, report: () => stop.abort() }),
    );
    await expect(reading).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('closes the body when the one who stores it gives up', async () => {
    const source = Readable.from(Array(1000).fill(Buffer.alloc(65536)), { objectMode: false });
    for await (const chunk of chunksOf('object', { open: async () => source }, noControl())) {
      if (chunk.length > 0) break;
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.destroyed).toBe(true);
  });

  it('hands on the body’s own error as it is', async () => {
    const ownError = Object.assign(new Error('no space left on the source'), { code: 'ENOSPC', syscall: 'read' });
    const source = new Readable({ read: () => source.destroy(ownError) });
    await expect(collect(chunksOf('object', { open: async () => source }, noControl()))).rejects.toBe(ownError);
  });

  it('does not take a body for finished that was closed before its end', async () => {
    const source: Readable = new Readable({ read: () => source.destroy() });
    await expect(collect(chunksOf('object', { open: async () => source }, noControl()))).rejects.toThrow();
  });
});

describe('inBlocks', () => {
  it('gathers small chunks, keeps their order and gives the rest at the end', async () => {
    const chunks = Readable.from(['ab', 'c', 'defg', 'h'].map((text) => Buffer.from(text)));
    expect((await collect(inBlocks(chunks, 3))).map(String)).toEqual(['abc', 'defg', 'h']);
  });
});
