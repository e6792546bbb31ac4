import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { simpleLogin } from '../../servers/login';
import { namesBelow, read } from '../../targets/conformance/tools';
import { openHdfsTarget } from '../../targets/hdfs';
import { makeExpiredTls } from '../kit/expired-tls';
import { testTls } from '../kit/test-tls';
import { startChild } from './child';
import { temporaryFolder } from './folders';

/** What no real HDFS answers, but what stands between may: a gateway, a proxy, somebody who lies. */
interface Answers {
  readonly entries?: readonly object[];
  /** Of each object: so many bytes of what its status says. */
  readonly sent?: number;
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

const objectBytes = 3_000_000;
const status = (pathSuffix: string, type: 'FILE' | 'DIRECTORY') => ({
  ...{ pathSuffix, type, length: type === 'FILE' ? objectBytes : 0, owner: 'o', group: 'g', permission: '600' },
  ...{ modificationTime: 1, accessTime: 1, replication: 1, blockSize: 134_217_728 },
});
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function targetThat(answers: Answers) {
  const hdfs = { nameService: 'haclusterX', uri: 'hdfs://haclusterX', nameNodes: [await serverThat(answers)] };
  return openHdfsTarget({ hdfs, path: '/backup', login: simpleLogin({ user: 'root' }) });
}

/** Its address. */
async function serverThat({ entries = [], sent = objectBytes, tls }: Answers): Promise<string> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://any');
    const json = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const isRoot = pathname.endsWith('/backup');
    switch (searchParams.get('op')) {
      case 'LISTSTATUS_BATCH':
        return json({
          DirectoryListing: {
            partialListing: { FileStatuses: { FileStatus: isRoot ? entries : [] } },
            remainingEntries: 0,
          },
        });
      case 'GETFILESTATUS':
        return json({ FileStatus: status('', isRoot ? 'DIRECTORY' : 'FILE') });
      case 'GETSNAPSHOTTABLEDIRECTORYLIST':
        return json({ SnapshottableDirectoryList: [] });
      case 'OPEN':
        return json({ Location: `http://${request.headers.host}/data?op=READ` });
      // In pieces without a length, and ended as if that were all.
      case 'READ':
        response.writeHead(200).write(Buffer.alloc(sent));
        return response.end();
      default:
        return response.writeHead(500).end();
    }
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('an entry that comes twice counts once', async () => {
  const target = await targetThat({ entries: [status('a', 'FILE'), status('b', 'FILE'), status('a', 'FILE')] });
  const names: string[] = [];
  for await (const { name } of target.list('')) names.push(name);
  expect(names).toEqual(['a', 'b']);
});

it('names that lead elsewhere are left out, with all below them', async () => {
  const entries = [
    status('..', 'DIRECTORY'),
    status('../out', 'FILE'),
    status('a', 'FILE'),
    status('b/../../etc', 'DIRECTORY'),
  ];
  expect(await namesBelow(await targetThat({ entries }), '')).toEqual(['a']);
});

it('a body that ends early is never taken for whole', async () => {
  expect(await read(await targetThat({}), 'object')).toHaveLength(objectBytes);
  await expect(read(await targetThat({ sent: 1000 }), 'object')).rejects.toMatchObject({ kind: 'corrupt' });
});

it('a certificate that nobody vouches for is told as that, and not tried again', async () => {
  await expect((await targetThat({ tls: testTls })).stat('a')).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringMatching(/shows a certificate that is not believed: .* HINT: put its authority/) as string,
  });
});

/** Prints what came of a first question, in a process that believes the authority: those of a process are read when it begins. */
const askIn = (address: string) => `
  const { openHdfsTarget } = require('./targets/hdfs.ts');
  const { simpleLogin } = require('./servers/login.ts');
  const hdfs = { nameService: 'haclusterX', uri: 'hdfs://haclusterX', nameNodes: [${JSON.stringify(address)}] };
  openHdfsTarget({ hdfs, path: '/backup', login: simpleLogin({ user: 'root' }) }).stat('a')
    .then(({ bytes }) => 'of ' + bytes + ' bytes', (error) => error.kind + ' ' + error.message)
    .then((outcome) => (console.log(outcome), process.exit()));
`;

it('one whose authority is believed is taken, and no more when it has expired', async () => {
  const old = makeExpiredTls();
  const file = join(temporaryFolder(), 'authority.pem');
  writeFileSync(file, old.cert);
  const answer = async (tls: { key: Buffer; cert: Buffer }, authority: string) =>
    await startChild(askIn(await serverThat({ tls })), ['env', `NODE_EXTRA_CA_CERTS=${authority}`]).output;
  expect(await answer(testTls, testTls.ca)).toBe(`of ${objectBytes} bytes\n`);
  expect(await answer(old, file)).toMatch(/^denied .*CERT_HAS_EXPIRED HINT: .*still valid/);
});
