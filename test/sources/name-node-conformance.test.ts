import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { openNameNodeSource } from '../../sources/name-node';
import { describeMetadataSource } from '../conformance/metadata-source';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';

let real: RealHdfs | undefined;
afterAll(() => real?.end());

describeMetadataSource('the NameNode', async () => {
  const { hdfs, folder } = (real = await startRealHdfs({ nameDirs: 2 }));
  const login = simpleLogin({ user: 'root' });
  const dfs = openWebHdfs([hdfs.httpAddress], login);
  let changes = 0;
  let isRunning = true;
  return {
    source: openNameNodeSource({ login, hadoop: { hdfs: hdfs.hdfsCommand, confDir: hdfs.confDir }, host: 'here' }),
    spec: {
      nameService: 'hacluster',
      nameNodes: [{ http: hdfs.httpAddress, host: 'here', nameDirs: [...hdfs.nameDirs] }],
    },
    // Directories only: they need no DataNode, which takes seconds to come back to a NameNode.
    start: async () => {
      if (!isRunning) await hdfs.startNameNode();
      isRunning = true;
    },
    stop: async () => {
      if (isRunning) await hdfs.stopNameNode();
      isRunning = false;
    },
    change: () => dfs.mkdirs(`/change ${(changes += 1)}`),
    read: async () => {
      const names = [];
      for await (const entry of dfs.list('/')) names.push(entry);
      return names;
    },
    newFolder: () => mkdtemp(join(folder, 'dump-')),
  };
});
