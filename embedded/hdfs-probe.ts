/** Asking the servers of an HDFS how they are, through the JMX page that each of them serves. */
import { connect } from 'node:net';

type Bean = Readonly<Record<string, unknown>>;

/** The NameNode has read its metadata and takes calls; it may be in safe mode. */
export async function nameNodeAnswers(httpAddress: string, rpcPort: number): Promise<boolean> {
  const bean = await beanOf(httpAddress, 'NameNode', 'FSNamesystemState');
  return bean['FSState'] !== undefined && (await listens(rpcPort));
}

/** The NameNode is out of safe mode and holds a DataNode for alive. */
export async function nameNodeServes(httpAddress: string): Promise<boolean> {
  const bean = await beanOf(httpAddress, 'NameNode', 'FSNamesystemState');
  return bean['FSState'] === 'Operational' && Number(bean['NumLiveDataNodes']) > 0;
}

/** The DataNode listens; it need not have found its NameNode. */
export async function dataNodeAnswers(httpPort: number, ipcPort: number): Promise<boolean> {
  return (await listens(httpPort)) && (await listens(ipcPort));
}

/**
 * The DataNode has reported its blocks to the NameNode as it runs now. Until then a NameNode that was started anew may be out
 * of safe mode and hold the DataNode for alive, and yet not know where the blocks are.
 */
export async function blocksAreReported(nameNodeHttp: string, dataNodeHttp: string): Promise<boolean> {
  const { NNStartedTimeInMillis } = await beanOf(nameNodeHttp, 'NameNode', 'NameNodeInfo');
  const { BPServiceActorInfo } = await beanOf(dataNodeHttp, 'DataNode', 'DataNodeInfo');
  const [actor] = JSON.parse(String(BPServiceActorInfo)) as Bean[];
  const wholeSecondsSince = Number(actor?.['LastBlockReport']);
  return Date.now() - (wholeSecondsSince + 1) * 1_000 > Number(NNStartedTimeInMillis);
}

async function beanOf(httpAddress: string, service: string, name: string): Promise<Bean> {
  const signal = AbortSignal.timeout(2_000);
  const answer = await fetch(`${httpAddress}/jmx?qry=Hadoop:service=${service},name=${name}`, { signal });
  const { beans = [] } = (await answer.json()) as { beans?: Bean[] };
  return beans[0] ?? {};
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => done(true)).once('error', () => done(false));
    const done = (answer: boolean) => (socket.destroy(), resolve(answer));
  });
}
