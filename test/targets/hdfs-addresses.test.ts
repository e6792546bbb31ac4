import { connect, createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { httpAddress } from '../../model/hdfs-schema';
import { simpleLogin } from '../../servers/login';
import { bodyOf, read } from '../../targets/conformance/tools';
import { openHdfsTarget } from '../../targets/hdfs';
import { testWhere } from '../kit/skip';
import { startRealHdfs } from '../servers/real-hdfs';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

// Hadoop's own NameNode listens on no IPv6 address that is written in brackets: something in front of it does.
testWhere(hasIpv6 ? undefined : 'this machine has no IPv6')('a NameNode is reached by its IPv6 address', async () => {
  const { hdfs, end } = await startRealHdfs();
  const front = createServer((client) => {
    const server = connect(Number(new URL(hdfs.httpAddress).port), '127.0.0.1');
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => front.listen(0, '::1', resolve));
  const nameNode = httpAddress().parse(`http://[::1]:${(front.address() as AddressInfo).port}`);
  try {
    const address = { nameService: 'hacluster', uri: 'hdfs://hacluster', nameNodes: [nameNode] };
    const target = openHdfsTarget({ hdfs: address, path: '/backup', login: simpleLogin({ user: 'root' }) });
    await target.put('a/object', bodyOf('x'));
    expect(String(await read(target, 'a/object'))).toBe('x');
    expect(await target.freeBytes?.()).toBeGreaterThan(0);
  } finally {
    front.close();
    await end();
  }
});
