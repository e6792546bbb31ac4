import { describeDataSource } from '../conformance/data-source';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { openHdfsFixture } from './hdfs-fixture';

let real: RealHdfs | undefined;
afterAll(() => real?.end());

describeDataSource('HDFS', async () => {
  real = await startRealHdfs();
  return openHdfsFixture(real.hdfs, ['/top', '/deep/odd %41 ü#?+&']);
});
