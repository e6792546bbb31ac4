import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { noControl } from '../../model/control';
import type { BackupTarget } from '../../model/target';
import { bodyOf, heldBody, namesBelow, read, remainsBelow } from '../../targets/conformance/tools';
import { openTcpProxy, type TcpProxy } from '../kit/tcp-proxy';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { openHdfsAt } from './hdfs-place';
import { untilClean } from './until-clean';

const MiB = 1024 * 1024;
let real: RealHdfs;
/** In front of the DataNode, to which every byte of a file goes. */
let dataNode: TcpProxy;
let nameNode: Server;
let target: BackupTarget;

beforeAll(async () => {
  real = await startRealHdfs();
  dataNode = await openTcpProxy(await dataNodePort());
  nameNode = await startGateway();
  target = openHdfsAt(`http://127.0.0.1:${(nameNode.address() as AddressInfo).port}`);
  await target.put('kept', bodyOf('kept'));
  await target.put('large', bodyOf(Buffer.alloc(12 * MiB, 'x')));
});
afterAll(async () => {
  nameNode?.closeAllConnections();
  nameNode?.close();
  await dataNode?.close();
  await real?.end();
});

async function dataNodePort(): Promise<number> {
  const url = `${real.hdfs.httpAddress}/webhdfs/v1/any?op=CREATE&user.name=root&noredirect=true`;
  const { Location } = (await (await fetch(url, { method: 'PUT' })).json()) as { Location: string };
  return Number(new URL(Location).port);
}

/** A NameNode sends its clients to the DataNode: this sends them to what stands before it. */
async function startGateway(): Promise<Server> {
  const server = createServer((request, response) => {
    const answering = async () => {
      const answer = await fetch(real.hdfs.httpAddress + request.url!, { method: request.method! });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
      response.end((await answer.text()).replace(/(?<="Location":").*?(?=")/, throughProxy));
    };
    answering().catch(() => request.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

function throughProxy(location: string): string {
  const url = new URL(location);
  url.port = String(dataNode.port);
  return url.href;
}

const nothingLeft = async () => (await remainsBelow(target, '')).length === 0;

const unavailable = (text = '') => ({ kind: 'unavailable', message: expect.stringContaining(text) as string });

describe('an HDFS target behind a network that fails:', () => {
  it('a connection that is reset in a put is unavailable, and nothing of it is listed, or left but for clean', async () => {
    for (const bytes of [1, MiB, 5 * MiB, 11 * MiB]) {
      dataNode.cutAfter(bytes, 'up');
      await expect(target.put('large', bodyOf(Buffer.alloc(12 * MiB)))).rejects.toMatchObject(unavailable());
      expect(await namesBelow(target, '')).toEqual(['kept', 'large']);
      await untilClean(target, nothingLeft);
    }
    expect((await read(target, 'large')).equals(Buffer.alloc(12 * MiB, 'x'))).toBe(true);
  });

  it('one that is reset when all was sent, and stored, is no success', async () => {
    // It may send the file; the next bytes are the answer.
    dataNode.cutAfter('HTTP/1.1 100 Continue\r\n\r\n'.length + 1, 'down');
    await expect(target.put('kept', bodyOf('another'))).rejects.toMatchObject(unavailable());
    expect(String(await read(target, 'kept'))).toBe('kept');
    await untilClean(target, nothingLeft);
  });

  it('a get that is cut never just ends', async () => {
    for (const bytes of [1, 300_000, 5 * MiB, 11 * MiB]) {
      dataNode.cutAfter(bytes, 'down');
      await expect(read(target, 'large')).rejects.toMatchObject(unavailable());
    }
  });

  it('a stop is obeyed at once, though the server is silent', async () => {
    const stop = new AbortController();
    const { body, flowing } = heldBody(Buffer.alloc(3 * MiB), Buffer.alloc(MiB));
    const put = target.put('stopped', body, { ...noControl(), signal: stop.signal });
    put.catch(() => undefined);
    await flowing;
    dataNode.stall();
    stop.abort();
    await expect(put).rejects.toMatchObject({ kind: 'cancelled' });
    dataNode.pass();
    expect(await namesBelow(target, '')).toEqual(['kept', 'large']);
  });

  it('one that falls silent is unavailable after a minute, in a put and in a get', async () => {
    const chunks = (await target.get('large'))[Symbol.asyncIterator]();
    await chunks.next();
    dataNode.stall();
    const reading = (async () => {
      while (!(await chunks.next()).done);
    })();
    reading.catch(() => undefined);
    const put = target.put('silent', bodyOf(Buffer.alloc(12 * MiB)));
    await expect(put).rejects.toMatchObject(unavailable('was silent for 60000 ms'));
    await expect(reading).rejects.toMatchObject(unavailable('was silent for 60000 ms'));
    dataNode.pass();
    expect(await namesBelow(target, '')).toEqual(['kept', 'large']);
    await untilClean(target, nothingLeft);
    expect(await read(target, 'large')).toHaveLength(12 * MiB);
  });

  it('a DataNode that goes away and comes back is used again', async () => {
    await dataNode.refuse();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(read(target, 'kept')).rejects.toMatchObject(unavailable('ECONNREFUSED'));
      await expect(target.put('object', bodyOf('x'))).rejects.toMatchObject(unavailable('ECONNREFUSED'));
    }
    await dataNode.accept();
    await target.put('object', bodyOf('x'));
    expect(await namesBelow(target, '')).toEqual(['kept', 'large', 'object']);
    expect(String(await read(target, 'kept'))).toBe('kept');
  });
});
