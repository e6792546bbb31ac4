import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A NameNode that answers everything with this; `asked` are the operations that reached it. */
async function nameNode(status: number, body: unknown) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url!, 'http://fake').searchParams.get('op')!);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const remote = (exception: string, message = 'why') => ({
  RemoteException: { exception, javaClassName: `org.apache.hadoop.${exception}`, message },
});
const standby = () =>
  nameNode(403, remote('StandbyException', 'Operation category WRITE is not supported in state standby'));
const active = () => nameNode(200, { boolean: true });
const open = (...nameNodes: { readonly address: string }[]) =>
  openWebHdfs(
    nameNodes.map(({ address }) => address),
    simpleLogin({ user: 'x' }),
  );

test('a standby NameNode is passed over, and not asked again while the other one is active', async () => {
  const [first, second] = [await standby(), await active()];
  const dfs = open(first, second);
  await dfs.mkdirs('/a');
  await dfs.mkdirs('/b');
  expect([first.asked, second.asked]).toEqual([['MKDIRS'], ['MKDIRS', 'MKDIRS']]);
});

test('with only standby NameNodes it is unavailable, after each was asked once', async () => {
  const [first, second] = [await standby(), await standby()];
  await expect(open(first, second).mkdirs('/a')).rejects.toMatchObject({
    kind: 'unavailable',
    context: { exception: 'StandbyException', javaClassName: 'org.apache.hadoop.StandbyException' },
  });
  expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
});

test('what may have been carried out is not asked of the other NameNode', async () => {
  const [first, second] = [await nameNode(500, remote('RuntimeException')), await active()];
  await expect(open(first, second).rename('/a', '/b')).rejects.toMatchObject({ kind: 'unavailable' });
  expect(second.asked).toEqual([]);
});

test.each([
  [404, 'FileNotFoundException', 'missing'],
  [403, 'AccessControlException', 'denied'],
  [401, 'SecurityException', 'denied'],
  [403, 'FileAlreadyExistsException', 'conflict'],
  [403, 'DSQuotaExceededException', 'full'],
  [403, 'SafeModeException', 'unavailable'],
  [403, 'IOException', 'unavailable'],
  [403, 'ConnectException', 'unavailable'],
  [400, 'IllegalArgumentException', 'invalid'],
  [400, 'UnsupportedOperationException', 'unsupported'],
  [403, 'SomethingNewException', 'denied'],
  [503, 'SomethingNewException', 'unavailable'],
])('%i with %s is %s', async (status, exception, kind) => {
  const server = await nameNode(status, remote(exception, 'first line\nat java'));
  await expect(open(server).setPermission('/a', '700')).rejects.toMatchObject({
    kind,
    message: `HDFS answered ${exception}: first line`,
  });
});

test('what HDFS answers with false is an error', async () => {
  const server = await nameNode(200, { boolean: false });
  await expect(open(server).mkdirs('/a b')).rejects.toMatchObject({
    kind: 'conflict',
    what: 'HDFS did not carry out MKDIRS of /a b',
  });
  await expect(open(server).rename('/a', '/b')).rejects.toMatchObject({ kind: 'conflict' });
  await open(server).remove('/a');
});

test('an answer that is not of HDFS is unavailable', async () => {
  for (const wrong of [{}, [], 'text', null, { FileStatus: { length: 'many' } }, { DirectoryListing: {} }]) {
    const server = await nameNode(200, wrong);
    await expect(open(server).status('/a')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(open(server).open('/a')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(open(server).contentSummary('/a')).rejects.toMatchObject({ kind: 'unavailable' });
  }
});
