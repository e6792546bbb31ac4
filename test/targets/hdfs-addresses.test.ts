import { writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fetchHadoop } from '../../embedded/fetch-hadoop';
import { openHdfs } from '../../embedded/hdfs-cluster';
import { httpAddress } from '../../model/hdfs-schema';
import { bodyOf, read } from '../../targets/conformance/tools';
import { testWhere } from '../kit/skip';
import { temporaryFolder } from './folders';
import { openHdfsAt } from './hdfs-place';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** Hadoop takes no IPv6 address where it is to listen, but a name of one: Java reads it from a file of hosts. */
async function hdfsOnEveryAddress() {
  const folder = temporaryFolder();
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost ${hostname()}\n:: every-address\n`);
  const properties = { 'dfs.namenode.http-bind-host': 'every-address' };
  const java = { JAVA_TOOL_OPTIONS: `-Djdk.net.hosts.file=${hosts} -Djava.net.preferIPv4Stack=false` };
  return await openHdfs(await fetchHadoop(), { folder: join(folder, 'hdfs'), properties }, java);
}

testWhere(hasIpv6 ? undefined : 'this machine has no IPv6')('a NameNode is reached by its IPv6 address', async () => {
  const hdfs = await hdfsOnEveryAddress();
  try {
    await hdfs.start();
    const nameNode = httpAddress().parse(`http://[::1]:${new URL(hdfs.httpAddress).port}`);
    const target = openHdfsAt(nameNode);
    await target.put('a/object', bodyOf('x'));
    expect(String(await read(target, 'a/object'))).toBe('x');
    expect(await target.freeBytes?.()).toBeGreaterThan(0);
  } finally {
    await hdfs.stop();
  }
});
