import { describeNas } from './describe-nas';

describeNas('nfs', 'a share of a real NFS server');
