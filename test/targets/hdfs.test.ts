import { simpleLogin } from '../../servers/login';
import { openHdfsTarget } from '../../targets/hdfs';
import { describeTarget } from '../conformance/target';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';

let real: RealHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
});
afterAll(() => real?.end());

const openTarget = (path = '/backup/cairn', user = 'root') =>
  openHdfsTarget({
    hdfs: { nameService: 'hacluster', uri: 'hdfs://hacluster', nameNodes: [real.hdfs.httpAddress] },
    path,
    login: simpleLogin({ user }),
  });

describeTarget('an HDFS target', async () => openTarget());
